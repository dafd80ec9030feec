// Agreement tests.
