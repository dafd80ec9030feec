// Identity tests.
