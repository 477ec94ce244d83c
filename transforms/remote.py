"""Beam's `FileSystems`, ready in every process: import it from here."""

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

__all__ = ["FileSystems"]

# The workers of a pool are told no options, and without any Beam's client for S3 does not work.
if FileSystems._pipeline_options is None:
    FileSystems.set_options(PipelineOptions([]))
