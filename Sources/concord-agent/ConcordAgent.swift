import Disclosure
import ArgumentParser
import CMalloc
import Foundation
import Logging
import SiteAgent
import StudyProtocol

/// A hospital's agent.
@main
struct ConcordAgent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "concord-agent",
        abstract: "A hospital's agent: extracts features here, answers with sums, keeps a ledger of what left.",
        discussion: """
            Example:
              concord-agent enrol --site-file site.yaml --token concord1...
              concord-agent doctor --site-file site.yaml
              concord-agent run --site-file site.yaml
            """,
        version: "0.1.0",
        subcommands: [
            Enrol.self, Run.self, Status.self, Doctor.self, Ledger.self, Approve.self, Extract.self, Merge.self,
            ApplyCommand.self, Features.self, Robustness.self,
            PhantomCommand.self, ImageWorkerCommand.self,
        ])

    static func main() async {
        // Before there is a second thread, which would get a heap of its own.
        mallopt(M_ARENA_MAX, 1)
        await main(nil)
    }
}

/// The site file that most subcommands work on.
struct SiteOption: ParsableArguments {
    @Option(help: "The site file (sites/example.yaml explains every key).") var siteFile: String

    func read() throws -> SiteConfiguration {
        do {
            return try SiteConfiguration(path: siteFile)
        } catch {
            throw fail("\(error)", code: 64)
        }
    }
}

/// Prints the reason on standard error and ends with the code.
func fail(_ reason: String, code: Int32 = 1) -> ExitCode {
    FileHandle.standardError.write(Data("error: \(reason)\n".utf8))
    return ExitCode(code)
}

/// Makes the site's key and gets its certificate.
struct Enrol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the site's key, check the authority's fingerprint, get a certificate.")
    @OptionGroup var site: SiteOption
    @Option(help: "The one-time token of the coordinating centre.") var token: String

    func run() async throws {
        let configuration = try site.read()
        do {
            try await SiteCredentials.enrol(configuration: configuration, token: token)
        } catch {
            throw fail("\(error)", code: 77)
        }
        print("\(configuration.site) is enrolled")
    }
}

/// Works until stopped.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer the coordinator's rounds until stopped; resumes after any crash.")
    @OptionGroup var site: SiteOption
    @Flag(help: "Say more.") var verbose = false

    func run() async throws {
        // An agent lives for months and reads a table now and then: the allocator gives freed memory back at once.
        mallopt(M_TRIM_THRESHOLD, 64 << 10)
        let configuration = try site.read()
        var logger = Logger(label: configuration.site) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .info : .notice
        do {
            var loop = try AgentLoop(configuration: configuration, logger: logger)
            logger.notice("running")
            try await loop.run()
        } catch {
            throw fail("\(error)", code: 69)
        }
    }
}

/// Says how things stand.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Enrolment, accepted protocols, and what left so far.")
    @OptionGroup var site: SiteOption
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let configuration = try site.read()
        do {
            let report = try await AgentStatus(configuration: configuration, now: Date())
            if json {
                print(String(decoding: try CanonicalForm.encode(report), as: UTF8.self))
            } else {
                print(report.text, terminator: "")
            }
        } catch {
            throw fail("\(error)")
        }
    }
}

/// Checks every hop.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check site file, data, disk, enrolment, DNS, proxy, connection, TLS, clock; name what fails.")
    @OptionGroup var site: SiteOption

    func run() async throws {
        let configuration = try site.read()
        let checks = await AgentDoctor(configuration: configuration).run(now: Date())
        for check in checks { print("\(check.isOK ? "ok  " : "FAIL") \(check.hop): \(check.message)") }
        if checks.contains(where: { !$0.isOK }) { throw ExitCode(1) }
    }
}

/// What left the site.
struct Ledger: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List every message that left the site: when, for which run, what it held, which rule allowed it.")
    @OptionGroup var site: SiteOption
    @Flag(help: "Print JSON lines.") var json = false

    func run() throws {
        let configuration = try site.read()
        do {
            for line in try AgentStatus.ledger(configuration: configuration) {
                if json {
                    print(String(decoding: try CanonicalForm.encode(line), as: UTF8.self))
                } else {
                    let entry = line.entry
                    print(
                        "\(Date(timeIntervalSince1970: entry.at).formatted(.iso8601))  \(entry.run)  "
                            + "round \(entry.round)  \(entry.computation)  \(entry.bytes) bytes  \(line.state)  "
                            + "rule \(entry.rule)  \(entry.items.prefix(6).joined(separator: " "))"
                            + (entry.items.count > 6 ? " ... (\(entry.items.count))" : "")
                            + "  sha256 \(entry.sha256.prefix(16))")
                }
            }
        } catch {
            throw fail("\(error)")
        }
    }
}

/// A person's approval of a run.
struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Approve a run, where the site's policy asks a person.")
    @OptionGroup var site: SiteOption
    @Option(name: .customLong("run"), help: "The run.") var identifier: String
    @Option(name: .customLong("by"), help: "Who approves.") var person: String

    func run() throws {
        let configuration = try site.read()
        do {
            try AgentStatus.approve(configuration: configuration, run: identifier, by: person, at: Date())
        } catch {
            throw fail("\(error)")
        }
        print("approved \(identifier)")
    }
}
