"""The tree of mathematical notation and its printers. No mathematics happens here."""
