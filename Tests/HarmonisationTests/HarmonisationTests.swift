// Harmonisation tests.
