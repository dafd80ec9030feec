// Learning tests.
