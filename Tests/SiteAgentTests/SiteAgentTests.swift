// SiteAgent tests.
