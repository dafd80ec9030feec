import ArgumentParser
import Foundation

/// Options of every listing.
struct ListOptions: ParsableArguments {
    @OptionGroup var access: CoordinatorAccess
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    /// Fetches and prints a listing, only rows of `id` if given.
    func print(_ listing: String, columns: [String], id: String? = nil) async throws {
        let filter = id.map { "?id=\($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" } ?? ""
        let bytes = try await access.client().get("/v1/list/\(listing)\(filter)")
        try ListingPrinter.print(bytes, columns: columns, format: format)
    }
}

/// Hospitals.
struct SiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Hospitals: register, list, token, revoke.",
        subcommands: [List.self, Show.self, Add.self, Token.self, Revoke.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the sites.")
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print("sites", columns: ["id", "name", "seen_at", "agent_version", "certificate_until"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one site.")
        @Argument(help: "The site.") var site: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "sites", columns: ["id", "name", "seen_at", "agent_version", "certificate_until"], id: site)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a site.", discussion: "Example: concord site add tours --name \"CHU Tours\"")
        @Argument(help: "Identifier.") var site: String
        @Option(help: "Name.") var name: String?
        @OptionGroup var access: CoordinatorAccess

        private struct Body: Encodable {
            let id: String
            let name: String
        }

        func run() async throws {
            _ = try await access.client().post("/v1/sites", Body(id: site, name: name ?? site))
            Terminal.message("registered \(site)")
        }
    }

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a one-time token for a site, valid for an hour; give it to the hospital out of band.")
        @Argument(help: "The site.") var site: String
        @OptionGroup var access: CoordinatorAccess

        private struct Reply: Decodable {
            let token: String
        }

        func run() async throws {
            let bytes = try await access.client().post("/v1/sites/\(site)/token", Nothing())
            Terminal.data(try JSONDecoder().decode(Reply.self, from: bytes).token + "\n")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke all certificates of a site; it holds from the next request.")
        @Argument(help: "The site.") var site: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var access: CoordinatorAccess
        func run() async throws {
            _ = try await access.client().post("/v1/sites/\(site)/revoke", ReasonRequest(reason: reason))
            Terminal.message("revoked \(site)")
        }
    }
}

/// Frozen cohorts.
struct CohortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cohort", abstract: "Frozen cohorts: cases, events, commitment; acquisition and its deviations.",
        subcommands: [List.self, Show.self, Acquisition.self, Deviations.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the cohorts of all runs.")
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print("cohorts", columns: ["run", "site", "cases", "events", "commitment"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the cohorts of a run.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print("cohorts", columns: ["site", "cases", "events", "commitment"], id: run)
        }
    }

    struct Acquisition: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Acquisition histograms of a run.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print("acquisition", columns: ["site", "keyword", "bin", "cases", "status"], id: run)
        }
    }

    struct Deviations: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Acquisition fields outside the protocol.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "deviations", columns: ["site", "field", "expected", "observed", "share"], id: run)
        }
    }
}

/// Readers.
struct ReaderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reader", abstract: "Readers, and their agreement.", subcommands: [List.self, Show.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the readers of all studies.")
        @OptionGroup var options: ListOptions
        func run() async throws { try await options.print("readers", columns: ["study", "pseudonym"]) }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Agreement of the readers in a run.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "agreement", columns: ["scope", "site", "region", "value", "lower", "upper", "n", "status", "reason"],
                id: run)
        }
    }
}

/// Models.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Models of studies, and models on this machine.",
        subcommands: [
            List.self, Show.self, ModelFit.self, ModelApply.self, ModelExplain.self, ModelCompare.self,
            ModelNomogram.self, ModelExport.self, ModelImportance.self, ModelInfluence.self,
            ModelCorrelate.self, ModelMeasure.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the models of all runs, or files.")
        @Argument(help: "Model files on this machine, instead of runs.") var files: [String] = []
        @OptionGroup var options: ListOptions
        func run() async throws {
            guard files.isEmpty else { return try guarded { try listModels(files, format: options.format) } }
            try await options.print("models", columns: ["run", "kind", "columns", "sha256"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the model file of a run or study, or show a file.")
        @Argument(help: "The run, the study for its newest run, or a model file.") var run: String
        @OptionGroup var access: CoordinatorAccess
        func run() async throws {
            // A name with a point or a slash is that of a file, there or not: runs and studies have neither.
            guard !FileManager.default.fileExists(atPath: run), !run.contains("."), !run.contains("/") else {
                return try guarded { try showModel(run) }
            }
            Terminal.data(
                String(decoding: try await access.client().get("/v1/runs/\(run)/artefacts/model"), as: UTF8.self))
        }
    }
}

/// Validations.
struct ValidationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validation", abstract: "Validations and their numbers.", subcommands: [List.self, Show.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the validations of all runs.")
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print("validations", columns: ["run", "score", "model", "protocol", "finished_at"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every number of a run's validations.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "metrics",
                columns: ["subject", "scope", "site", "name", "value", "lower", "upper", "n", "status", "reason"],
                id: run)
        }
    }
}
