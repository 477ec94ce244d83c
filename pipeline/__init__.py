"""The application: configuration, the graph, a run's life, the command line."""

__version__ = "0.1.0"
