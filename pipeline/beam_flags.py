"""The flags that Apache Beam's own parser knows. Importing this module imports Beam."""

import argparse
from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser

from pipeline.flags import Parser


class _BeamParser(_BeamArgumentParser):
    """Beam's parser with our one-line errors."""

    error = Parser.error


class _PassOn(argparse.Action):
    """Keeps a flag of Beam's, with its values, as it was written."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Append the flag to `beam_args`."""
        kept = namespace.beam_args if "beam_args" in namespace else []
        one = [f"{option_string}={values}"] if isinstance(values, str) else [str(option_string)]
        namespace.beam_args = [*kept, *one]


def add_beam_flags(parser: argparse.ArgumentParser) -> list[str]:
    """Let `parser` take Beam's flags, gathered in `beam_args`; return their names."""
    taken = {name for action in parser._actions for name in action.option_strings}
    names: list[str] = []
    for action in _beam_parser()._actions:
        ours = [name for name in action.option_strings if name not in taken]
        if ours:
            parser.add_argument(*ours, action=_PassOn, nargs=action.nargs, help=argparse.SUPPRESS)
            names += ours
    return names


def check_beam_flags(arguments: Sequence[str]) -> None:
    """Raise BadUsage when Beam's parser refuses a value."""
    _beam_parser().parse_args(arguments)


def _beam_parser() -> _BeamParser:
    parser = _BeamParser(allow_abbrev=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)
    return parser
