import Extraction
import Federation
import FoundationEssentials
import Imaging
import Logging
import StudyCore
import StudyProtocol

/// A site whose features come from its images. Extraction is kept in the store, by case and by what it depends on.
struct ImageDataSource: SiteDataSource {
    let site: String
    let study: StudyProtocol
    let clinical: ClinicalRows
    let manifest: ImageManifest
    let store: SiteStore
    let logger: Logger
    let worker: ImageWorker

    private var primaryReader: String? { study.agreement.readers.first }
    private var secondReader: String? {
        study.agreement.readers.count == 2 ? study.agreement.readers[1] : nil
    }

    private func reading(_ caseID: String, _ reader: String?) -> Reading? {
        guard let readings = manifest.readings[caseID] else { return nil }
        if let reader { return readings[reader] }
        return readings.sorted { $0.key < $1.key }.first?.value
    }

    func census() throws -> CensusData {
        var acquisition: [String: [String: Int]] = [:]
        var scanners: [String: Int] = [:]
        for caseID in clinical.cases {
            let tags = reading(caseID, primaryReader).flatMap { try? imageTags(of: $0) } ?? [:]
            for field in study.imaging.acquisition {
                let bin = AcquisitionBin.label(tags[field.keyword], field: field)
                acquisition[field.keyword, default: [:]][bin, default: 0] += 1
            }
            let model = [tags["Manufacturer"], tags["ManufacturerModelName"]].compactMap { $0 }.joined(separator: " ")
            scanners[model.isEmpty ? "missing" : model, default: 0] += 1
            guard study.harmonisation.groupsByAcquisition else { continue }
            acquisition[AcquisitionBin.batch, default: [:]][AcquisitionBin.group(tags, study: study), default: 0] += 1
        }
        return CensusData(
            cases: clinical.cases.count, events: clinical.outcome.count { $0 == 1 }, acquisition: acquisition,
            scanners: scanners)
    }

    func extraction() throws -> ExtractionData {
        let extractor = try RegionExtractor(study: study)
        let names = extractor.columns
        var failures = clinical.failures
        var kept: [Int] = []
        var features: [Double] = []
        var batches: [String] = []
        var first: [Double] = []
        var second: [Double] = []
        var pairedRows: [Int] = []
        var contours: [String: [[Int]]] = [:]
        var reported = ContinuousClock.now
        for row in clinical.cases.indices {
            let caseID = clinical.cases[row]
            if ContinuousClock.now - reported > .seconds(2) {
                reported = .now
                logger.notice("extracting", metadata: ["case": "\(row + 1) of \(clinical.cases.count)"])
            }
            guard let reading = reading(caseID, primaryReader) else {
                failures["missing_image", default: 0] += 1
                continue
            }
            do {
                let values = try cached(extractor, caseID: caseID, reader: primaryReader ?? "", reading: reading)
                kept.append(row)
                features += values
                batches.append(try batch(reading, row: row))
                if let name = secondReader, let other = self.reading(caseID, name),
                    let paired = try? cached(extractor, caseID: caseID, reader: name, reading: other),
                    let counts = try? compared(extractor, caseID: caseID, reading, other)
                {
                    first += values
                    second += paired
                    pairedRows.append(kept.count - 1)
                    for (region, cells) in counts { contours[region, default: []].append(cells) }
                }
            } catch let failure as CaseFailure {
                // The case is named in the site's own log only; what travels is the reason code and its count.
                logger.warning("case left out", metadata: ["case": "\(caseID)", "reason": "\(failure.message)"])
                failures[failure.code, default: 0] += 1
            }
        }
        let q = clinical.covariateNames.count
        return ExtractionData(
            table: CaseTable(
                featureNames: names, features: features, covariateNames: clinical.covariateNames,
                covariates: kept.flatMap { clinical.covariates[$0 * q..<($0 + 1) * q] },
                outcome: kept.map { clinical.outcome[$0] }, batch: batches),
            cases: kept.map { CaseName(site: site, name: clinical.cases[$0]) }, firstReader: first,
            secondReader: second, pairedRows: pairedRows, contours: contours, ratings: clinical.ratings,
            scores: clinical.scores, failures: failures,
            scoreColumns: clinical.scoreColumns.mapValues { values in kept.map { values[$0] } },
            remeasured: clinical.remeasured, times: clinical.times.map { own in kept.map { own[$0] } },
            statistics: clinical.statistics.selecting(cases: kept),
            subjects: clinical.subjects.isEmpty ? [] : kept.map { "\(site)/\(clinical.subjects[$0])" })
    }

    private func batch(_ reading: Reading, row: Int) throws -> String {
        if clinical.sharesBatches { return clinical.batch[row] }
        if study.harmonisation.batch == "site" { return site }
        if study.harmonisation.groupsByAcquisition {
            return "\(site)/\(AcquisitionBin.group(try imageTags(of: reading), study: study))"
        }
        if !clinical.batch.isEmpty { return "\(site)/\(clinical.batch[row])" }
        return "\(site)/\(try imageTags(of: reading)[study.harmonisation.batch] ?? "missing")"
    }

    /// Asks the helper process; what is wrong with a case, or with the helper, is a failure of the case.
    private func ask(_ request: ImageRequest, _ reading: Reading) throws -> ImageReply {
        do {
            let reply = try worker.ask(request)
            guard case .failure(let code, let message) = reply else { return reply }
            throw CaseFailure(source(reading), code: code, message: message)
        } catch let error as ImageWorkerError {
            throw CaseFailure(source(reading), code: error.code, message: error.description)
        }
    }

    private func source(_ reading: Reading) -> CaseSource { CaseSource(image: reading.image, mask: reading.mask) }

    private func imageTags(of reading: Reading) throws -> [String: String] {
        guard case .tags(let tags) = try ask(.tags(reading), reading) else { throw ImageWorkerError.crashed }
        return tags
    }

    /// What an extraction depends on: settings, and the bytes of the files.
    private func key(_ extractor: RegionExtractor, _ readings: Reading...) throws -> String {
        var text = extractor.configurationHash
        for reading in readings {
            do throws(ImagingError) {
                text += "|\(try fileHash(reading.image))|\(try fileHash(reading.mask))"
                text += "|\(try reading.organ.map(fileHash) ?? "")|\(try reading.phase2.map(fileHash) ?? "")"
                for path in reading.excluded { text += "|\(try fileHash(path))" }
            } catch {
                throw CaseFailure(source(reading), code: error.code, message: error.description)
            }
            text += "|\(reading.label ?? -1)|\(reading.name ?? "")|\(reading.spacingMM ?? 0)|\(reading.frame ?? 0)"
        }
        return CanonicalForm.sha256(Data(text.utf8))
    }

    private func fileHash(_ path: String) throws(ImagingError) -> String {
        let file = URL(filePath: path).lastPathComponent
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .unreadable(file: file, remedy: "it does not exist; correct the manifest")
        }
        if isFolder {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
            var hashes = ""
            for name in names { hashes += try fileHash(URL(filePath: path).appending(path: name).path) }
            return CanonicalForm.sha256(Data(hashes.utf8))
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .unreadable(file: file, remedy: "it cannot be read; check the permissions")
        }
        return CanonicalForm.sha256(bytes)
    }

    private func cached(
        _ extractor: RegionExtractor, caseID: String, reader: String, reading: Reading
    ) throws -> [Double] {
        let key = try key(extractor, reading)
        if let kept = try store.features(configuration: key, caseID: caseID, reader: reader),
            kept.names == extractor.columns
        {
            return kept.values
        }
        let request = ImageRequest.columns(study: try study.canonicalForm(), reading)
        guard case .columns(let found, let provenance) = try ask(request, reading) else {
            throw ImageWorkerError.crashed
        }
        let values = found.map { $0 ?? .nan }
        try store.keepFeatures(
            StoredFeatures(names: extractor.columns, values: values), configuration: key, caseID: caseID,
            reader: reader, provenance: provenance)
        return values
    }

    private func compared(
        _ extractor: RegionExtractor, caseID: String, _ first: Reading, _ second: Reading
    ) throws -> [String: [Int]] {
        let key = try key(extractor, first, second)
        if let kept = try store.contour(configuration: key, caseID: caseID) {
            return try CanonicalForm.decode([String: [Int]].self, from: Data(kept.utf8))
        }
        let request = ImageRequest.compare(study: try study.canonicalForm(), first, second)
        guard case .counts(let counts) = try ask(request, first) else { throw ImageWorkerError.crashed }
        try store.keepContour(
            String(decoding: try CanonicalForm.encode(counts), as: UTF8.self), configuration: key, caseID: caseID)
        return counts
    }
}
