"""`completion`: what a shell has to know to complete commands and options."""

from enum import StrEnum
from typing import Annotated

import typer

VARIABLE = "_HOLDFAST_COMPLETE"
_SCRIPTS = {
    "bash": f"""
_holdfast_completion() {{
  local IFS=$'\\n'
  COMPREPLY=( $(env COMP_WORDS="${{COMP_WORDS[*]}}" COMP_CWORD=$COMP_CWORD \\
    {VARIABLE}=complete_bash "$1" 2>/dev/null) )
}}
complete -o default -F _holdfast_completion holdfast
""",
    "zsh": f"""
#compdef holdfast
_holdfast_completion() {{
  eval "$(env _TYPER_COMPLETE_ARGS="${{words[1,$CURRENT]}}" \\
    {VARIABLE}=complete_zsh "${{words[1]}}" 2>/dev/null)"
}}
compdef _holdfast_completion holdfast
""",
    "fish": f"""
function _holdfast_completion
  set -l typed (commandline -opc)[1]
  env {VARIABLE}=complete_fish _TYPER_COMPLETE_FISH_ACTION=$argv[1] \\
    _TYPER_COMPLETE_ARGS=(commandline -cp) $typed 2>/dev/null
end
complete --command holdfast --no-files --arguments "(_holdfast_completion get-args)" \\
  --condition "_holdfast_completion is-args"
""",
}


class Shell(StrEnum):
    """The shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[Shell, typer.Argument(help="Which shell; its script goes to its settings.")],
) -> None:
    """Print the script that has a shell complete commands and options of `bin/holdfast`."""
    typer.echo(_SCRIPTS[shell].strip())
