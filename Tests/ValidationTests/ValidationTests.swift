// Validation tests.
