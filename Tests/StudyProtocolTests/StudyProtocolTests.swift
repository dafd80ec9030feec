// StudyProtocol tests.
