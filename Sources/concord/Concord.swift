import ArgumentParser

/// The coordinating centre's and the auditor's command.
@main
struct Concord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "concord",
        abstract: "Harmonise, train and validate radiomics models over hospitals without moving a patient's data.",
        discussion: """
            Data on standard output, messages and progress on standard error. `--format json` is stable.
            Exit codes: 0 ok, 1 failed, 3 gate not met, 4 audit proof failed, 5 site unreachable,
            6 gate undecided, 64 usage, 69 unavailable, 75 try again, 77 not allowed.
            """,
        version: "0.1.0",
        subcommands: [
            StudyCommand.self, SiteCommand.self, ProtocolCommand.self, RunCommand.self, CohortCommand.self,
            ReaderCommand.self, ModelCommand.self, ValidationCommand.self, AuditCommand.self, Top.self, Simulate.self,
            CrossValidate.self, Drop.self, Stability.self,
            Harmonise.self, Validate.self, Agree.self, Meta.self, Plan.self, Explain.self, CatalogueCommand.self,
            BenchCommand.self, BenchTreesCommand.self,
        ])
}
