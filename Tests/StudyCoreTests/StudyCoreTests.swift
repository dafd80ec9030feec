// StudyCore tests.
