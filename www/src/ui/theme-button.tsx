import { chooseTheme, theme } from "./theme";

export function ThemeButton() {
  const isDark = theme.value === "dark";
  const label = isDark ? "Light theme" : "Dark theme";
  return (
    <button
      type="button"
      class="icon"
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(isDark ? "light" : "dark")}
    >
      {isDark ? "☀" : "☾"}
    </button>
  );
}
