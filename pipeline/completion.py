"""Completion for shells: scripts made from the parsers of the commands."""

import argparse
from collections.abc import Callable, Mapping
from typing import Final

Commands = Mapping[str, argparse.ArgumentParser]


def _bash(commands: Commands) -> str:
    cases = "\n".join(
        f"    {name}) words='{' '.join(_flags(parser))}' ;;" for name, parser in commands.items()
    )
    return f"""\
_wirefold() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words
  case ${{COMP_WORDS[1]}} in
{cases}
    *) words='{" ".join(commands)} {" ".join(_flags(commands["run"]))}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _wirefold wirefold
"""


def _zsh(commands: Commands) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(commands)


def _fish(commands: Commands) -> str:
    lines = [f"complete -c wirefold -n __fish_use_subcommand -a {name}" for name in commands]
    for name, parser in commands.items():
        chosen = f"complete -c wirefold -n '__fish_seen_subcommand_from {name}'"
        for flag, action in _flags(parser).items():
            value = "" if action.nargs == 0 else " -r"
            text = str(action.help).replace("'", "\\'")
            lines.append(f"{chosen} -l {flag[2:]}{value} -d '{text}'")
    return "\n".join(lines) + "\n"


def _flags(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return {
        flag: action
        for action in parser._actions
        for flag in action.option_strings
        if flag.startswith("--") and action.help != argparse.SUPPRESS
    }


SHELLS: Final[dict[str, Callable[[Commands], str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
