import ArgumentParser
import CMalloc
import Extraction
import Foundation
import Imaging
import Radiomics
import SiteAgent
import StudyProtocol

/// Extracts features locally, with no study around it.
struct Extract: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Extract the features of one image and mask, or of a table of them; no study is needed.",
        discussion: """
            Examples:
              concord-agent extract --image ct.nii.gz --mask tumour.nii.gz --preset ibsi-C --format json
              concord-agent extract --image us.dcm --mask us.png --roi intratumoral --roi ring:0-3
              concord-agent extract --image ct.nii.gz --mask tumour.nii.gz --filter log:sigma=2 --map response.nii.gz
              concord-agent extract --image ct.nii.gz --mask tumour.nii.gz --feature-map glcm_joint_entropy_3d_merged --radius 2 --map map.nii.gz
              concord-agent extract --manifest images.csv --settings ct.yaml --output features.csv --threads 2
              concord-agent extract --image art.nii --phase2 pv.nii --mask hcc.nii --roi habitat:ratio-otsu-2:1 --roi habitat:ratio-otsu-2:2
              concord-agent extract --manifest images.csv --perturb shift=0.5,rotate=5,grow=1,noise=1 --format jsonl
              concord-agent extract --manifest images.csv --shard 1/4 --format jsonl --output part1.jsonl
            A manifest has the columns case, image, mask and, if wanted, reader, label, region, organ, exclude, phase2, frame,
            spacing-mm; paths count from its folder, several of exclude are separated by semicolons. A case that fails is told and left out; the others are done, and the exit code is 1.
            With --output the command goes on where it was interrupted; beside a csv it writes OUTPUT.extraction.json, which says how
            the features were extracted and which `concord model` reads.
            """)

    /// What is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, jsonl, csv
    }

    @OptionGroup var files: ImageFileOptions
    @Option(help: "Table of images and masks (CSV).") var manifest: String?
    @Option(help: "Site file whose manifest counts.") var siteFile: String?
    @Option(name: .customLong("roi"), help: "\(RegionRequest.forms); distances in mm; may be repeated.")
    var regions: [String] = ["intratumoral"]
    @Option(help: "Settings file (docs/extraction.md explains every key).") var settings: String?
    @Option(help: "PyRadiomics parameter file; its definitions and names of features count.") var pyradiomics: String?
    @Option(name: .customLong("protocol"), help: "Protocol file whose extraction settings and regions count.")
    var protocolFile: String?
    @Option(help: "ibsi-digital, ibsi-A ... ibsi-E, or ibsi2- and a test of IBSI 2, such as ibsi2-3.B.")
    var preset: String?
    @Option(
        help: """
            Filter the image first, as NAME:KEY=VALUE,...: log:sigma=2, mean:support=5, wavelet:family=db3,subband=LLH, \
            gabor:..., laws:..., simoncelli:level=1, gradient, square, lbp and others (docs/extraction.md).
            """)
    var filter: String?
    @Option(
        help: """
            Read PET slices (DICOM) as standardised uptake values: bw, lbm-james, lbm-janmahasatian or bsa. Same as suv \
            under intensity in --settings.
            """,
        transform: { word in
            guard let measure = UptakeMeasure(rawValue: word) else {
                throw ValidationError("one of \(UptakeMeasure.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return measure
        })
    var suv: UptakeMeasure?
    @Option(
        help: """
            Disturb image and mask again and again, and tell how each feature stood it: \(Perturbation.form) \
            (docs/extraction.md).
            """)
    var perturb: String?
    @Option(help: "Write the response map of the filter, or the feature map, here, as NIfTI.") var map: String?
    @Option(help: "Map this feature (a column of `features`) over the neighbourhoods of the first region's voxels.")
    var featureMap: String?
    @Option(help: "Voxels on each side of a neighbourhood of the feature map.") var radius = 1
    @Flag(
        help: """
            Explain where the values of --settings or --preset differ from PyRadiomics' and what causes it; without \
            --pyradiomics its settings are those nearest. A table, or JSON with --format json.
            """)
    var explain = false
    @Option(help: "json, jsonl (a line for each region of a case) or csv (a row for each case).")
    var format: Format = .csv
    @Option(help: "Write here, and go on where an earlier call was interrupted (csv, jsonl).") var output: String?
    @Option(help: "Only the cases of part I of N, as I/N.") var shard: String?
    @Option(help: "Helper processes at work at once for a manifest, or threads for a feature map.") var threads = 1
    @Option(name: .customLong("time-limit"), help: "Seconds that a case may take, for a manifest.") var timeLimit = 600

    func run() throws {
        cmalloc_keep(64 << 20)
        guard threads >= 1, timeLimit >= 1 else { throw fail("--threads and --time-limit are 1 or more", code: 64) }
        if explain { return try explainDialects() }
        let helpers = manifest ?? siteFile == nil ? nil : ImageHelpers(count: threads, seconds: timeLimit)
        let extraction = try self.extraction()
        if let helpers, let manifest = try manifest ?? siteManifest() {
            let part = try part()
            let sources: [CaseSource]
            do {
                sources = try ExtractionRun.sources(manifest: manifest, shard: part)
            } catch {
                throw fail("\(error)", code: 64)
            }
            try all(sources, extraction, helpers)
        } else if let source = files.source(label: defaultLabel) {
            do {
                if let featureMap {
                    return try writeFeatureMap(featureMap, source, extraction)
                }
                if let map {
                    guard let response = try extraction.responseMap(source) else {
                        throw fail("--map needs a filter, such as --filter log:sigma=2 or --preset ibsi2-2.a", code: 64)
                    }
                    try NIfTIWriter.write(response, path: map)
                }
                let writer = try ReportWriter(format: format, output: output, settings: extraction)
                let outcome = ExtractionOutcome { () throws(CaseFailure) in try extraction.reports(source) }
                try writer.write(outcome, of: source)
                try writer.finish()
                _ = try outcome.get()
            } catch let failure as CaseFailure {
                throw fail(reason(failure, of: source))
            } catch let error as ImagingError {
                throw fail("\(error)", code: 73)
            }
        } else {
            throw fail("give --image and --mask, --manifest or --site-file", code: 64)
        }
    }

    private func writeFeatureMap(_ column: String, _ source: CaseSource, _ extraction: CaseExtraction) throws {
        guard let map else { throw fail("--feature-map needs --map FILE, such as --map map.nii.gz", code: 64) }
        guard let region = try requests().first else { throw fail("--feature-map needs a --roi", code: 64) }
        let values = try extraction.featureMap(
            source, column: column, region: region, radius: radius, threads: max(1, threads))
        try NIfTIWriter.write(values, path: map)
    }

    /// PyRadiomics takes label 1.
    private var defaultLabel: Int? { pyradiomics == nil ? nil : 1 }

    private func explainDialects() throws {
        guard let source = files.source(label: defaultLabel), manifest == nil, siteFile == nil, protocolFile == nil,
            filter == nil, map == nil, output == nil
        else {
            throw fail(
                "--explain takes one --image and --mask, with --settings or --preset and --pyradiomics", code: 64)
        }
        let settings = try processing()
        do {
            let found = try source.explanations(
                regions: try requests(), settings: settings,
                parameters: try peerParameters() ?? PyRadiomicsParameters(nearestTo: settings))
            if format == .csv {
                ExplanationTable(explanations: found).lines.forEach { print($0) }
            } else {
                print(String(decoding: try CanonicalForm.encode(found), as: UTF8.self))
            }
        } catch let failure as CaseFailure {
            throw fail(failure.message)
        }
    }

    private func extraction() throws -> CaseExtraction {
        // A row of a table has no place for them.
        let wantsDiagnostics = format != .csv
        guard let protocolFile else {
            return CaseExtraction(
                try dialect(), regions: try requests(), wantsDiagnostics: wantsDiagnostics,
                perturbation: try perturbation(), followsImage: settings == nil && preset == nil)
        }
        guard settings == nil, preset == nil, pyradiomics == nil, filter == nil, suv == nil, perturb == nil,
            regions == ["intratumoral"]
        else {
            throw fail(
                "--protocol brings its own settings and regions; leave out --settings, --preset, --pyradiomics, --filter, --suv, --perturb and --roi",
                code: 64)
        }
        let name = URL(filePath: protocolFile).lastPathComponent
        guard let bytes = FileManager.default.contents(atPath: protocolFile),
            let text = String(data: bytes, encoding: .utf8)
        else { throw fail("\(name): cannot be read as UTF-8", code: 64) }
        do {
            return try CaseExtraction(
                study: try StudyProtocol(yaml: text, file: name), wantsDiagnostics: wantsDiagnostics)
        } catch {
            throw fail("\(error)", code: 64)
        }
    }

    private func siteManifest() throws -> String? {
        guard let siteFile else { return nil }
        do {
            guard let manifest = try SiteConfiguration(path: siteFile).data.manifest else {
                throw fail("\(URL(filePath: siteFile).lastPathComponent): data.manifest is not set", code: 64)
            }
            return manifest
        } catch let code as ExitCode {
            throw code
        } catch {
            throw fail("\(error)", code: 64)
        }
    }

    private func dialect() throws -> Dialect {
        guard let parameters = try peerParameters() else {
            let settings = try processing()
            guard let filter else { return .ibsi(settings) }
            do {
                return .ibsi(settings.with(filter: try FilterStep(filter, planar: settings.planar)))
            } catch {
                throw fail("--filter: \(error)", code: 64)
            }
        }
        guard filter == nil else { throw fail("--filter: the PyRadiomics file names the image types", code: 64) }
        guard settings == nil, preset == nil else {
            throw fail("give one of --settings, --preset and --pyradiomics", code: 64)
        }
        return .pyradiomics(parameters)
    }

    private func peerParameters() throws -> PyRadiomicsParameters? {
        guard let pyradiomics else { return nil }
        let name = URL(filePath: pyradiomics).lastPathComponent
        guard let bytes = FileManager.default.contents(atPath: pyradiomics),
            let text = String(data: bytes, encoding: .utf8)
        else { throw fail("\(name): cannot be read as UTF-8", code: 64) }
        do {
            let parameters = try PyRadiomicsParameters(parameters: text, file: name)
            return suv.map { parameters.with(uptake: $0) } ?? parameters
        } catch {
            throw fail("\(error)", code: 64)
        }
    }

    private func processing() throws -> ProcessingSettings {
        let settings = try namedSettings()
        guard let suv else { return settings }
        guard settings.uptake == nil || settings.uptake == suv else {
            throw fail("--suv: the settings take \(settings.uptake?.rawValue ?? "none"); give it once", code: 64)
        }
        return settings.with(uptake: suv)
    }

    private func namedSettings() throws -> ProcessingSettings {
        guard settings == nil || preset == nil else { throw fail("give --settings or --preset, not both", code: 64) }
        if let preset {
            guard let known = ProcessingSettings(preset: preset) else {
                let names = ProcessingSettings.presetNames.joined(separator: ", ")
                throw fail("--preset: '\(preset)' is not one of \(names)", code: 64)
            }
            return known
        }
        guard let settings else { return ProcessingSettings() }
        let name = URL(filePath: settings).lastPathComponent
        guard let bytes = FileManager.default.contents(atPath: settings),
            let text = String(data: bytes, encoding: .utf8)
        else { throw fail("\(name): cannot be read as UTF-8", code: 64) }
        do {
            return try ProcessingSettings(yaml: text, file: name)
        } catch {
            throw fail("\(error)", code: 64)
        }
    }

    private func requests() throws -> [RegionRequest] {
        try regions.map { word in
            guard let request = RegionRequest(word) else {
                throw fail("--roi: '\(word)' is not one of: \(RegionRequest.forms)", code: 64)
            }
            return request
        }
    }

    private func perturbation() throws -> Perturbation? {
        do {
            var found = try perturb.map { text throws(PerturbationTextError) in try Perturbation(text) }
            if found == nil, let settings, let bytes = FileManager.default.contents(atPath: settings) {
                found = try Perturbation.read(
                    yaml: String(decoding: bytes, as: UTF8.self), file: URL(filePath: settings).lastPathComponent)
            }
            guard found == nil || format != .csv else {
                throw fail("--perturb: a row of csv has no place for it; use --format json or jsonl", code: 64)
            }
            guard found == nil || pyradiomics == nil else {
                throw fail("--perturb: the PyRadiomics dialect is not disturbed; use --settings or --preset", code: 64)
            }
            return found
        } catch let error as PerturbationTextError {
            throw fail("--perturb: \(error)", code: 64)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw fail("\(error)", code: 64)
        }
    }

    private func part() throws -> (index: Int, count: Int) {
        guard let shard else { return (1, 1) }
        let numbers = shard.split(separator: "/").map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], index >= 1, index <= count else {
            throw fail("--shard: '\(shard)' is not I/N with 1 <= I <= N", code: 64)
        }
        return (index, count)
    }

    private func all(_ sources: [CaseSource], _ extraction: CaseExtraction, _ helpers: ImageHelpers) throws {
        let writer = try ReportWriter(format: format, output: output, settings: extraction)
        let left = sources.filter { !writer.isDone($0) }
        if left.count < sources.count {
            tell("\(sources.count - left.count) of \(sources.count) cases are done already")
        }
        var failed = 0
        let progress = Progress(total: left.count)
        try ExtractionRun.run(left, extraction, helpers: helpers) { source, outcome in
            if case .failure(let failure) = try writer.write(outcome, of: source) {
                failed += 1
                progress.tell("\(failure.case): \(failure.code): \(failure.message)")
            }
            progress.step(source.caseID)
        }
        try writer.finish()
        progress.end()
        if failed > 0 { throw fail("\(failed) of \(sources.count) cases failed") }
    }
}
