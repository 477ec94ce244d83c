"""Tests of transforms/formats/."""
