"""Rules of the draw that would hold on paper: pure values and functions."""
