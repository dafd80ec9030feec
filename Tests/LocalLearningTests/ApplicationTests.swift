import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import LocalLearning
import StudyProtocol
import Tables
import Testing

/// A model with everything around it, applied to tables.
@Suite("Applying model files")
struct ApplicationTests {
    /// The seeded table of `ModelFileTests` with a shift at one site, which is the batch.
    static func table(_ rows: Int = 240) throws -> CSVTable {
        let source = try ModelFileTests.table(rows)
        let (site, a) = (try source.position("site"), try source.position("a"))
        return CSVTable(
            file: "t.csv", columns: source.columns,
            rows: source.rows.map { row in
                var row = row
                if row[site] == "y" { row[a] = "\((Double(row[a]) ?? 0) * 1.5 + 3)" }
                return row
            })
    }

    static func harmonisation(_ source: CSVTable) throws -> HarmonisationFile {
        let features = try CSVRows(
            text: CSVTable(
                file: "f.csv", columns: ["case", "a", "b", "c", "d"],
                rows: try source.rows.map { row in
                    try ["case", "a", "b", "c", "d"].map { row[try source.position($0)] }
                }
            ).csv, file: "f.csv")
        let meta = CSVTable(
            file: "m.csv", columns: ["case", "site"],
            rows: try source.rows.map { row in try ["case", "site"].map { row[try source.position($0)] } })
        return try HarmonisationFile.fit(
            try HarmonisationPlan(batchColumns: ["site"]), input: try HarmonisationInput(features: features, meta: meta)
        ).file
    }

    static func record(_ settings: String = "{\"dialect\":{\"ibsi\":{\"planar\":true}}}") throws -> ExtractionRecord {
        try ExtractionRecord(settings: Data(settings.utf8), regions: ["intratumoral"], software: "concord test")
    }

    static func file(_ source: CSVTable) throws -> ModelFile {
        let harmonisation = try harmonisation(source)
        let input = try LearningInput(
            try harmonisation.harmonise(source, newBatchMinimum: 5).table, outcome: OutcomeColumns(event: "y"),
            features: ["a", "b", "c"], roles: LearningInput.Roles(name: "case"))
        return try ModelFile(
            outcome: OutcomeColumns(event: "y"), method: "lr", parts: [input.cases],
            fitted: try ModelPipeline(learner: LogisticLearner()).fit([input.cases]),
            setting: ModelFile.Setting(
                extraction: try record(), harmonisation: harmonisation,
                use: try IntendedUse(purpose: "test", threshold: 0.4, horizon: nil)))
    }

    static func options(_ record: ExtractionRecord?) -> ModelApplication.Options {
        var options = ModelApplication.Options()
        options.extraction = record
        return options
    }

    @Test("A file with extraction, harmonisation and use reads back; a row is harmonised as ComBat does and decided on")
    func whole() throws {
        let source = try Self.table()
        let file = try Self.file(source)
        #expect(try ModelFile(json: try file.json()) == file)
        let applied = try ModelApplication(file, to: source, options: Self.options(try Self.record()))
        // By hand: (x - centre) / scale of the batch, then z-scores, then the logistic function.
        let harmonisation = try #require(file.harmonisation)
        let numbers = try ["a", "b", "c", "d"].map { try source.numbers($0) }
        let table = try harmonisation.apply(
            to: HarmonisationRows(
                table: CaseTable(
                    featureNames: ["a", "b", "c", "d"],
                    features: (0..<240).flatMap { row in numbers.map { $0[row] } },
                    outcome: [Double](repeating: .nan, count: 240), batch: try source.texts("site"))),
            newBatchMinimum: 5
        ).harmonised
        let scores = try file.fitted.scores(try table.selecting(features: ["a", "b", "c"]))
        #expect(applied.cases.map(\.score) == scores.map(Optional.some))
        for own in applied.cases {
            let probability = try #require(own.probability)
            #expect(own.isPositive == (probability >= 0.4))
        }
        #expect(applied.record.overrideReason == nil && applied.warnings.isEmpty)
        // Without the harmonisation the shifted site would be all events.
        let raw = try file.predictions(try LearningInput(source, features: file.features))
        #expect(zip(raw, scores).contains { abs($0.score - $1) > 1 })
    }

    @Test("Another or unknown extraction is refused, and taken for a reason that the record keeps")
    func extraction() throws {
        let source = try Self.table()
        let file = try Self.file(source)
        let other = try Self.record("{\"dialect\":{\"ibsi\":{\"planar\":false}}}")
        #expect(other.sha256 != (try Self.record()).sha256)
        for record in [other, nil] {
            let error = #expect(throws: LocalLearningError.self) {
                try ModelApplication(file, to: source, options: Self.options(record))
            }
            #expect(error.map { "\($0)".contains("--other-extraction") } ?? false)
            var options = Self.options(record)
            options.reason = "the phantom gave the same"
            let applied = try ModelApplication(file, to: source, options: options)
            #expect(applied.record.overrideReason == "the phantom gave the same")
            #expect(applied.record.tableExtraction == record?.sha256 && applied.warnings.count == 1)
        }
        let changed = String(decoding: try other.json(), as: UTF8.self).replacing("false", with: "true")
        #expect(throws: LocalLearningError.self) { try ExtractionRecord(json: Data(changed.utf8), file: "r.json") }
        #expect(try ExtractionRecord(json: try other.json(), file: "r.json") == other)
    }

    @Test("A new batch is refused, estimated from its rows, or told as a range over the known ones")
    func newBatch() throws {
        let source = try Self.table()
        let file = try Self.file(source)
        let place = try source.position("site")
        func renamed(_ rows: Range<Int>) -> CSVTable {
            CSVTable(
                file: "new.csv", columns: source.columns,
                rows: source.rows[rows].map { row in
                    var row = row
                    row[place] = "new scanner"
                    return row
                })
        }
        let one = renamed(0..<1)
        let error = #expect(throws: LocalLearningError.self) {
            try ModelApplication(file, to: one, options: Self.options(try Self.record()))
        }
        #expect(error.map { "\($0)".contains("--each-batch") } ?? false)
        var options = Self.options(try Self.record())
        options.takesEachBatch = true
        let range = try ModelApplication(file, to: one, options: options)
        let limits = try #require(range.cases[0].range)
        #expect(range.cases[0].score == nil && limits[0] < limits[1])
        let own = try ModelApplication(file, to: source.selecting(rows: [0]), options: options).cases[0]
        let probability = try #require(own.probability)
        #expect(limits[0] <= probability && probability <= limits[1])
        let many = try ModelApplication(file, to: renamed(0..<60), options: options)
        #expect(many.record.newBatches == ["new scanner": 60] && many.cases.allSatisfy { $0.score != nil })
        #expect(many.warnings.contains { $0.contains("estimated from its own 60 rows") })
    }

    @Test("A threshold needs a probability, a horizon a model of times; a value far from the training cases is told")
    func use() throws {
        #expect(throws: LocalLearningError.self) { try IntendedUse(purpose: nil, threshold: 1, horizon: nil) }
        #expect(throws: LocalLearningError.self) { try IntendedUse(purpose: nil, threshold: nil, horizon: -1) }
        let cases = try ModelFileTests.input("lr").cases
        func file(_ method: String, _ use: IntendedUse?) throws -> ModelFile {
            let own = try ModelFileTests.input(method).cases
            return try ModelFile(
                outcome: OutcomeColumns(event: "y", time: own.times == nil ? nil : "days"), method: method,
                parts: [own],
                fitted: try ModelPipeline(learner: try LearnerSettings().learner(named: method)).fit([own]),
                setting: ModelFile.Setting(use: use))
        }
        #expect(throws: LocalLearningError.self) {
            try file("svm", try IntendedUse(purpose: nil, threshold: 0.5, horizon: nil))
        }
        #expect(throws: LocalLearningError.self) {
            try file("lr", try IntendedUse(purpose: nil, threshold: nil, horizon: 10))
        }
        let cox = try file("coxph", try IntendedUse(purpose: nil, threshold: 0.5, horizon: 60))
        let applied = try ModelApplication(cox, to: try ModelFileTests.table())
        #expect(applied.cases.allSatisfy { $0.probability != nil && $0.isPositive != nil })
        #expect(applied.record.horizon == 60 && cases.count == applied.cases.count)
        let plain = try file("lr", nil)
        let far = try CSVTable(text: "a,b,c,d\n0.5,0.5,0.5,90\n", file: "far.csv")
        #expect(try ModelApplication(plain, to: far).warnings.contains { $0.contains("'d'") && $0.contains("SD") })
    }

    @Test("A file of the format before is read; it says nothing of extraction, harmonisation and use")
    func formerFormat() throws {
        let file = try ModelFileTests.file("lr")
        let text = String(decoding: try file.json(), as: UTF8.self)
            .replacing("concord-model-3", with: "concord-model-2").replacing(file.sha256, with: "")
        let bytes = text.replacing("\"sha256\":\"\"", with: "\"sha256\":\"\(CanonicalForm.sha256(Data(text.utf8)))\"")
        let read = try ModelFile(json: Data(bytes.utf8))
        #expect(read.fitted == file.fitted && read.extraction == nil && read.use == nil)
        let newer = text.replacing("concord-model-2", with: "concord-model-9")
        let error = #expect(throws: LocalLearningError.self) { try ModelFile(json: Data(newer.utf8)) }
        #expect(error.map { "\($0)".contains("concord-model-3") } ?? false)
    }
}
