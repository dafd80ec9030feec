// Federation tests.
