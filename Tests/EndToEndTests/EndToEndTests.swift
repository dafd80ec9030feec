// EndToEnd tests.
