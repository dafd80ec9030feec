// Registry tests.
