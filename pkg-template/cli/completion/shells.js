// The completion scripts for the shells. Each runs `ardexa __complete SHELL -- …`, which prints lines of a value, a tab
// and a description; the single line `:files` makes the shell complete file names.

/** @type {Record<string, { install: string, script: string }>} */
export const SHELLS = {
  bash: {
    install: "echo 'source <(ardexa completion bash)' >> ~/.bashrc",
    script: String.raw`# Completion of ardexa for bash 3.2 or later; in ~/.bashrc: source <(ardexa completion bash)
_ardexa() {
  local program="\${COMP_WORDS[0]/#\~/$HOME}" word="\${COMP_WORDS[COMP_CWORD]}" answers value about
  COMPREPLY=()
  answers=$("$program" __complete bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return 0
  if [[ $answers == :files ]]; then
    compopt -o filenames 2>/dev/null
    [[ $word == = ]] && word=""
    while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$word")
    return 0
  fi
  while IFS=$'\t' read -r value about; do
    [[ -n $value ]] && COMPREPLY+=("$value")
  done <<<"$answers"
}
complete -F _ardexa ardexa ardexa-client
`,
  },
  zsh: {
    install: "ardexa completion zsh > ~/.zfunc/_ardexa   # with fpath+=(~/.zfunc) before compinit in ~/.zshrc",
    script: String.raw`#compdef ardexa ardexa-client
# Completion of ardexa for zsh: as the file _ardexa in a folder of fpath, or after compinit: source <(ardexa completion zsh)
_ardexa() {
  local program="\${(Q)words[1]/#\~/$HOME}" answer value
  local -a answers values
  answers=("\${(@f)$("$program" __complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ "$answers[1]" == ":files" ]]; then
    compset -P '--*='
    _files
    return
  fi
  for answer in $answers; do
    value="\${answer%%$'\t'*}"
    values+=("\${value//:/\\:}:\${answer#*$'\t'}")
  done
  (( $#values )) && _describe -t values ardexa values
}
if [[ "$funcstack[1]" == "_ardexa" ]]; then _ardexa "$@"; else compdef _ardexa ardexa ardexa-client; fi
`,
  },
  fish: {
    install: "ardexa completion fish > ~/.config/fish/completions/ardexa.fish",
    script: String.raw`# Completion of ardexa for fish; as the file ~/.config/fish/completions/ardexa.fish
function __ardexa_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l answers ($words[1] __complete fish -- $words[2..-1] "$word" 2>/dev/null)
    if test "$answers" = ":files"
        __fish_complete_path "$word"
    else if set -q answers[1]
        printf '%s\n' $answers
    end
end
complete -c ardexa -f -a '(__ardexa_complete)'
complete -c ardexa-client -f -a '(__ardexa_complete)'
`,
  },
};
for (const shell of Object.values(SHELLS)) shell.script = shell.script.replaceAll("\\${", "${");
