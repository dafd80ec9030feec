// Disclosure tests.
