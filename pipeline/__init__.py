"""The application: configuration, the graph, a run's life, the command line."""
