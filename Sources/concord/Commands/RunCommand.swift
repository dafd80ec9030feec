import ArgumentParser
import Foundation

/// Runs: start, watch, stop, list.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs of locked protocols: start, watch, stop, list.",
        subcommands: [List.self, Show.self, Start.self, Watch.self, Stop.self], defaultSubcommand: List.self)

    static let columns = ["id", "study", "version", "state", "stage", "rounds", "awaits", "reason", "started_at"]

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the runs.")
        @OptionGroup var options: ListOptions
        func run() async throws { try await options.print("runs", columns: RunCommand.columns) }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The rounds of a run with their sums' hashes.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "rounds",
                columns: [
                    "number", "stage", "computation", "participants", "answers", "closed_at", "transcript_sha256",
                ],
                id: run)
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a run of a locked protocol; prints its identifier.")
        @Option(name: .customLong("protocol"), help: "At least eight digits of the protocol's SHA-256.")
        var protocolHash: String
        @OptionGroup var access: CoordinatorAccess

        private struct Body: Encodable {
            let protocolHash: String
        }

        private struct Reply: Decodable {
            let run: String
        }

        func run() async throws {
            let bytes = try await access.client().post("/v1/runs", Body(protocolHash: protocolHash))
            Terminal.data(try JSONDecoder().decode(Reply.self, from: bytes).run + "\n")
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a run that will not end by itself; the reason is recorded.",
            discussion: """
                Example: a hospital has left, and the round waits for it.
                  concord run stop hcc-mvi-1x2y3z --reason 'tours has left the study'
                """)
        @Argument(help: "The run.") var run: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var access: CoordinatorAccess

        private struct Body: Encodable {
            let reason: String
        }

        func run() async throws {
            _ = try await access.client().post("/v1/runs/\(run)/stop", Body(reason: reason))
            Terminal.message("stopped \(run)")
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a run until it ends; exit code 1 if it fails.")
        @Argument(help: "The run.") var run: String
        @OptionGroup var access: CoordinatorAccess

        private struct Row: Decodable {
            let state: String
            let stage: String?
            let rounds: Int?
            let awaits: String?
            let reason: String
        }

        func run() async throws {
            let session = try access.client()
            var last = ""
            var unchanged = 0
            while true {
                if let bytes = try? await session.get("/v1/list/runs?id=\(run)") {
                    guard let row = try JSONDecoder().decode([Row].self, from: bytes).first else {
                        throw Terminal.fail("there is no run '\(run)'", code: 64)
                    }
                    let line = "\(row.stage ?? "-")  round \(row.rounds ?? 0)  \(row.state)"
                    if line != last {
                        Terminal.message(line)
                        unchanged = 0
                    }
                    last = line
                    unchanged += 1
                    // Ten seconds, then every minute.
                    if unchanged % 120 == 20, let awaits = row.awaits, !awaits.isEmpty {
                        Terminal.message("waiting for \(awaits)")
                    }
                    if row.state == "finished" { return }
                    if row.state == "failed" { throw Terminal.fail(row.reason) }
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

/// The live screen.
struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A live screen of sites and runs; stops at Control-C.")
    @OptionGroup var access: CoordinatorAccess
    @Option(help: "Seconds between refreshes.") var every: Double = 2
    @Flag(help: "Print once.") var once = false

    func run() async throws {
        let session = try access.client()
        let isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
        while true {
            let sites = try await session.get("/v1/list/sites")
            let runs = try await session.get("/v1/list/runs")
            if isTerminal, !once { Terminal.data("\u{1B}[2J\u{1B}[H") }
            Terminal.data("concord  \(Date().formatted(.iso8601))\n\nruns\n")
            try ListingPrinter.print(runs, columns: RunCommand.columns, format: .table)
            Terminal.data("\nsites\n")
            try ListingPrinter.print(
                sites, columns: ["id", "seen_at", "agent_version", "certificate_until"], format: .table)
            if once || !isTerminal { return }
            try await Task.sleep(for: .seconds(max(0.2, every)))
        }
    }
}
