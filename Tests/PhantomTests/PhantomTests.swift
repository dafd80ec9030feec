// Phantom tests.
