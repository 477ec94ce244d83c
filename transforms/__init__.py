"""The steps of the pipeline: one module per step, each a plain function and its PTransform."""
