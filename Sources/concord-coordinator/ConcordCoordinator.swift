import ArgumentParser
import CoordinatorServer
import Foundation
import Logging
import Registry

/// The coordinating centre's server.
@main
struct ConcordCoordinator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "concord-coordinator",
        abstract: "The coordinating centre's server: adds up what hospitals answer and keeps the evidence.",
        discussion: """
            Example:
              concord-coordinator init --folder coordinator --study-domain hcc.example \\
                --name coordinator.hcc.example --database "host=/run/postgresql dbname=concord user=concord"
              concord-coordinator migrate --folder coordinator
              concord-coordinator serve --folder coordinator
            """,
        version: "0.1.0", subcommands: [Init.self, Migrate.self, Serve.self, Token.self, Backup.self])
}

/// The folder that every subcommand works on.
struct FolderOption: ParsableArguments {
    @Option(help: "The coordinator's folder.") var folder: String

    func read() throws -> CoordinatorConfiguration {
        do {
            return try CoordinatorConfiguration(folder: folder)
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

/// Makes a folder: authority, server certificate, the first operator's credential, settings.
struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a coordinator's folder: authority, server certificate, first operator, settings.")
    @Option(help: "The folder to make.") var folder: String
    @Option(help: "Domain of all certificates of the study.") var studyDomain: String
    @Option(name: .customLong("name"), help: "DNS name or IP address under which clients reach it; repeatable.")
    var names: [String] = ["localhost", "127.0.0.1"]
    @Option(help: "Address to listen on.") var host: String = "0.0.0.0"
    @Option(help: "Port to listen on.") var port: Int = 8443
    @Option(help: "libpq connection string of the database's owner.") var database: String
    @Option(help: "Name of the first operator.") var `operator`: String = "centre"

    func run() throws {
        do {
            try CoordinatorConfiguration.create(
                folder: folder, studyDomain: studyDomain, host: host, port: port, names: names, database: database,
                operatorName: `operator`, now: Date())
        } catch {
            throw fail("\(error)")
        }
        print("made \(folder); the operator's credential for `concord` is in \(folder)/operator")
    }
}

/// Applies the migrations that are missing.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this version's schema; run again it does nothing.")
    @OptionGroup var folder: FolderOption

    func run() async throws {
        let configuration = try folder.read()
        let pool = RegistryPool(conninfo: configuration.database, size: 1)
        do {
            let applied = try await RegistrySchema.migrate(pool, toolVersion: ConcordCoordinator.configuration.version)
            print(applied.isEmpty ? "the schema is up to date" : "applied: \(applied.joined(separator: ", "))")
        } catch {
            throw fail("\(error)", code: 69)
        }
        await pool.close()
    }
}

/// Serves until SIGTERM.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve until SIGTERM; requests in flight are finished.")
    @OptionGroup var folder: FolderOption
    @Flag(help: "Log every detail.") var verbose = false

    func run() async throws {
        let configuration = try folder.read()
        var logger = Logger(label: "coordinator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .notice
        do {
            try await CoordinatorServer(configuration: configuration, logger: logger).run()
        } catch {
            throw fail("\(error)", code: 69)
        }
    }
}

/// Makes a one-time token.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a one-time token for a site, valid for an hour.",
        discussion: "Give it to the hospital out of band; it holds the authority's fingerprint.")
    @OptionGroup var folder: FolderOption
    @Option(help: "The site; registered if it is new.") var site: String

    func run() async throws {
        let configuration = try folder.read()
        let registry = Registry(pool: RegistryPool(conninfo: configuration.serviceDatabase, size: 1))
        do {
            if try await registry.listing(.sites, filter: site).isEmpty {
                try await registry.addSite(id: site, name: site, actor: "coordinator")
            }
            print(try await CoordinatorTokens.make(configuration: configuration, registry: registry, site: site))
        } catch {
            throw fail("\(error)")
        }
        await registry.pool.close()
    }
}

/// Says how to back up.
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Say what must be backed up, and how.")
    @OptionGroup var folder: FolderOption

    func run() throws {
        let configuration = try folder.read()
        print(
            """
            Two things must be backed up together:
            1. The folder \(configuration.folder.lastPathComponent): authority.key above all. Who has it can enrol a site;
               without it no certificate can be renewed. Keep a copy offline.
            2. The database: pg_dump --format=custom "<connection string of coordinator.yaml>" > registry.dump
               and WAL archiving for point-in-time recovery.
            After a restore run `concord audit verify`: a restore to an earlier state is shown as a shorter log.
            """)
    }
}
