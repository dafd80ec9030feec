import ArgumentParser
import Federation
import Foundation
import Learning
import LocalLearning
import Reporting
import Simulator
import StudyCore
import StudyProtocol
import Tables

/// What a federation would compute, in one process beside the pooled computation.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Federated and pooled side by side in one process: a whole study, or harmonisation alone.",
        subcommands: [StudySimulation.self, Harmonise.Simulation.self], defaultSubcommand: StudySimulation.self)
}

/// Runs a protocol from tables in one process, federated and pooled side by side.
struct StudySimulation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Run a whole study from CSV files in one process, federated and pooled side by side.",
        discussion: """
            Example:
              concord simulate --protocol protocols/nsclc-radiotherapy.yaml --table outcome.csv \\
                --features radiomics.csv --sites center --case id
            """)

    @Option(name: .customLong("protocol"), help: "Protocol file.") var protocolFile: String
    @Option(help: "Clinical table: case, site, outcome, covariates, scores.") var table: String
    @Option(help: "Feature table; without it the features are in the clinical table.") var features: String?
    @Option(help: "Features by case and `reader`, for a protocol with agreement.readers.") var readings: String?
    @Option(help: "Features by case and acquisition `protocol`, for a protocol with agreement.protocols.")
    var protocolReadings: String?
    @Option(help: "Column of the clinical table that names the site (compared in lower case).") var sites: String
    @Option(name: .customLong("case"), help: "Column that identifies a case; without it each row is one.")
    var caseColumn: String?
    @Option(help: "Only rows with this value, as COLUMN=VALUE.") var rows: String?
    @Option(help: "table or json.") var format: OutputFormat = .table
    @Option(help: "Write the frozen results (model, harmonisation, ...) into this folder.") var output: String?

    func run() throws {
        let study: StudyProtocol
        let sources: [String: any SiteDataSource]
        do {
            study = try StudyProtocol(
                yaml: String(decoding: try read(protocolFile), as: UTF8.self), file: name(protocolFile))
            sources = try load(study)
        } catch {
            throw Terminal.fail("\(error)", code: 64)
        }
        do {
            try tellEstimate(study, sources)
            let federated = try LocalRun(study: study, sources: sources) { round, computation in
                Terminal.message("round \(round)  \(computation)")
            }
            let pooled = try pooledRun(study, sources)
            let report = SimulationReport(study: study, federated: federated, pooled: pooled)
            if let output { try write(federated, to: output) }
            switch format {
            case .json:
                Terminal.data(String(decoding: try CanonicalForm.encode(report), as: UTF8.self) + "\n")
            case .table, .csv, .jsonl:
                Terminal.data(StudyScreen(study: study.study, title: study.title, results: federated.results).text)
                Terminal.data(report.summary)
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            throw Terminal.fail("\(error)")
        }
    }

    /// Rounds and bytes of the algorithms, before the first round.
    private func tellEstimate(_ study: StudyProtocol, _ sources: [String: any SiteDataSource]) throws {
        guard study.model?.learning != nil else { return }
        let tables = try study.sites.training.compactMap { try sources[$0]?.extraction().table }
        let features = (tables.first?.featureNames ?? []) + study.modelCovariateColumns
        let cases = tables.reduce(0) { $0 + $1.count }
        if let estimate = try study.learningCommunication(features: features, cases: cases) {
            let likely = estimate.likely.map {
                "about \($0.rounds) rounds and \($0.bytesPerSite) bytes a site, "
            }
            Terminal.message(
                "learning takes \(likely ?? "")at most \(estimate.most.rounds) rounds and \(estimate.most.bytesPerSite) bytes"
                    + (likely == nil ? " a site" : ""))
        }
    }

    private func name(_ path: String) -> String { URL(filePath: path).lastPathComponent }

    private func read(_ path: String) throws -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(file: name(path), line: 0, field: "", reason: "cannot be read")
        }
        return Array(bytes)
    }

    private func load(_ study: StudyProtocol) throws -> [String: any SiteDataSource] {
        var clinical = try CSVTable(bytes: try read(table), file: name(table))
        if let rows {
            let parts = rows.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw TableError.missingColumn(file: "--rows", column: rows, present: []) }
            clinical = try clinical.filter(parts[0], equals: parts[1])
        }
        let key = caseColumn ?? "row"
        if caseColumn == nil {
            clinical = CSVTable(
                file: clinical.file, columns: clinical.columns + ["row"],
                rows: clinical.rows.enumerated().map { $0.element + ["\($0.offset + 1)"] })
        }
        let featureTable = try features.map { try CSVTable(bytes: try read($0), file: name($0)) } ?? clinical
        let columns =
            study.extraction.columns.isEmpty
            ? nil : try FeatureColumns(table: featureTable, caseColumn: key, study: study)
        func repeated(_ path: String?, _ column: String, _ names: [String]) throws -> [FeatureColumns] {
            guard let path, names.count == 2, !study.extraction.columns.isEmpty else { return [] }
            return try TableDataSource.readings(
                CSVTable(bytes: try read(path), file: name(path)), caseColumn: key, column: column, readings: names,
                study: study)
        }
        let readers = try repeated(readings, "reader", study.agreement.readers)
        let protocols = try repeated(protocolReadings, "protocol", study.agreement.protocols ?? [])
        var sources: [String: any SiteDataSource] = [:]
        let labels = Set(try clinical.texts(sites))
        for site in study.sites.all {
            guard let label = labels.first(where: { Self.identifier($0) == site }) else {
                throw LocalRunError.missingSite(site)
            }
            let own = try ClinicalRows(
                table: try clinical.filter(sites, equals: label), caseColumn: key, study: study)
            sources[site] = TableDataSource(
                site: site, study: study, clinical: own, features: columns, readers: readers, protocols: protocols)
        }
        return sources
    }

    /// A site's label in the table as an identifier: lower case, underscores as hyphens.
    static func identifier(_ label: String) -> String {
        String(label.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
    }

    /// The training sites as one, so that everything that is fitted is fitted on one table.
    private func pooledRun(_ study: StudyProtocol, _ sources: [String: any SiteDataSource]) throws -> LocalRun {
        let together = study.poolingTrainingSites(as: "pooled")
        var pooled = sources.filter { study.sites.external.contains($0.key) }
        pooled["pooled"] = PooledSource(study.sites.training.compactMap { sources[$0] })
        return try LocalRun(study: together, sources: pooled)
    }

    private func write(_ run: LocalRun, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, bytes) in run.artefacts {
            try bytes.write(to: URL(filePath: folder).appending(path: "\(name).json"))
        }
    }
}

/// What a simulation prints: the federated results, and how far they are from the pooled ones.
struct SimulationReport: Encodable {
    let results: StudyResults
    let rounds: Int
    let payloadBytesPerSite: Int
    let modelIsIdentical: Bool?
    let largestCoefficientDifference: Double?
    let harmonisationIsIdentical: Bool?
    /// Rounds and bytes of each computation, in the order in which they began.
    let communication: [Part]

    /// What one computation took.
    struct Part: Encodable {
        let computation: String
        var rounds = 0
        var bytesPerSite = 0
    }

    init(study: StudyProtocol, federated: LocalRun, pooled: LocalRun) {
        results = federated.results
        rounds = federated.computations.count
        payloadBytesPerSite = federated.payloadBytesPerSite
        var parts: [Part] = []
        for (name, bytes) in zip(federated.computations, federated.roundBytes) {
            let place = parts.firstIndex { $0.computation == name } ?? parts.count
            if place == parts.count { parts.append(Part(computation: name)) }
            parts[place].rounds += 1
            parts[place].bytesPerSite += bytes
        }
        communication = parts
        func same(_ name: String) -> Bool? { federated.artefacts[name].map { $0 == pooled.artefacts[name] } }
        // Some networks depend on the sites by their definition.
        modelIsIdentical = study.modelDependsOnSites ? nil : same(ArtefactName.model)
        harmonisationIsIdentical = same(ArtefactName.harmonisation)
        if let left = federated.results.model, let right = pooled.results.model,
            left.coefficients.count == right.coefficients.count
        {
            largestCoefficientDifference = zip(left.coefficients, right.coefficients)
                .map { ($0.value - $1.value).magnitude }.max()
        } else {
            largestCoefficientDifference = nil
        }
    }

    var summary: String {
        var text = "payload       \(payloadBytesPerSite) bytes a site"
        let learning = communication.filter { $0.computation.hasPrefix(Catalogue.learningPrefix) }
        if !learning.isEmpty {
            let (rounds, bytes) = learning.reduce((0, 0)) { ($0.0 + $1.rounds, $0.1 + $1.bytesPerSite) }
            text += ", \(bytes) of them in \(rounds) rounds of learning"
        }
        text += "\n"
        if let largestCoefficientDifference {
            text += "pooled        largest coefficient difference \(largestCoefficientDifference)"
            text += modelIsIdentical == true ? ", model file identical\n" : "\n"
        } else if let modelIsIdentical {
            text += "pooled        model file \(modelIsIdentical ? "identical" : "DIFFERENT")\n"
        }
        return text
    }
}
