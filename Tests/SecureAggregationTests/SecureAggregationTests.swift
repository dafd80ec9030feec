// SecureAggregation tests.
