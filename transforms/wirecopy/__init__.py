"""Fold wire copy: find the copies of each story, and the pieces that reuse passages of others."""

from transforms.wirecopy.step import FoldWireCopy

__all__ = ["FoldWireCopy"]
