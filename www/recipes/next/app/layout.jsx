export const metadata = { title: "One device" };

/** @param {{ children: React.ReactNode }} props */
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
