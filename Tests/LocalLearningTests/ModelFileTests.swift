import Federation
import Foundation
import Learning
import LocalLearning
import Tables
import TestKit
import Testing

/// Files of all kinds of models on a seeded table; the numbers themselves are compared with other packages elsewhere.
@Suite("Model files")
struct ModelFileTests {
    /// Seeded rows: the outcome follows a and, beyond a threshold, b; c says nothing; d misses every fifth value.
    static func table(_ rows: Int = 240, missing: Bool = false) throws -> CSVTable {
        var state: UInt64 = 7
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
        var text = "case,site,y,days,a,b,c,d\n"
        for row in 0..<rows {
            let (a, b, c, d) = (uniform(), uniform(), uniform(), uniform())
            let y = a + (b > 0.6 ? 0.5 : 0) + uniform() * 0.8 > 1.1 ? 1 : 0
            let days = (100 * (1.5 - a) * uniform()).rounded()
            let last = missing && row % 5 == 0 ? "" : "\(d)"
            text += "k\(row),\(["x", "y", "z"][row % 3]),\(y),\(days),\(a),\(b),\(c),\(last)\n"
        }
        return try CSVTable(text: text, file: "t.csv")
    }

    static func input(_ name: String, missing: Bool = false) throws -> LearningInput {
        let outcome = OutcomeColumns(event: "y", time: name.hasPrefix("cox") ? "days" : nil)
        return try LearningInput(
            try table(missing: missing), outcome: outcome, features: ["a", "b", "c", "d"],
            roles: LearningInput.Roles(name: "case", site: "site"))
    }

    static func file(_ name: String, missing: Bool = false, bySite: Bool = false) throws -> ModelFile {
        let cases = try input(name, missing: missing).cases
        var settings = LearnerSettings()
        settings.folds.count = 5
        settings.calibration = .platt
        (settings.trees.rounds, settings.bins) = (15, 8)
        (settings.forest.trees, settings.fourierFeatures) = (25, 60)
        let pipeline = ModelPipeline(
            imputation: missing && name != "boosting" && name != "forest" ? .medianIndicator : .none,
            learner: try settings.learner(named: name))
        let parts = bySite ? cases.bySite() : [cases]
        return try ModelFile(
            outcome: OutcomeColumns(event: "y", time: cases.times == nil ? nil : "days"), method: name, parts: parts,
            fitted: try pipeline.fit(parts), provenance: ["purpose": "test"])
    }

    @Test(
        "From the sums of three sites the files are the same, byte by byte",
        arguments: LearnerSettings.names.filter { !LearnerSettings().dependsOnSites($0) })
    func sites(name: String) throws {
        let whole = try Self.file(name, missing: true).json()
        let summed = try Self.file(name, missing: true, bySite: true).json()
        #expect(whole == summed)
    }

    @Test(
        "A file read back predicts the same; what explains a case sums to its score", arguments: LearnerSettings.names)
    func roundTrip(name: String) throws {
        let file = try Self.file(name)
        let read = try ModelFile(json: try file.json())
        #expect(read == file)
        let own = try LearningInput(try Self.table(), features: read.features)
        let predictions = try read.predictions(own)
        let direct = try file.predictions(own)
        #expect(predictions == direct)
        if name.hasPrefix("mlp") || name == "kernel-svm" {
            #expect(throws: LocalLearningError.self) { try read.contributions(own) }
            #expect(throws: LocalLearningError.self) { try FlatModel(read.fitted) }
        } else {
            let (base, values) = try read.contributions(own)
            let p = read.terms.count
            for (row, prediction) in predictions.enumerated() {
                #expect(abs(values[row * p..<(row + 1) * p].reduce(base, +) - prediction.score) < 1e-9)
            }
        }
        let outcome = try Self.input(name).table.outcome
        let area = Discriminate.area(predictions.map(\.score), outcome)
        #expect((area ?? 0) > 0.7)
    }

    @Test("A missing value of a new case is the median of the training cases, and is refused without imputation")
    func missingValue() throws {
        let file = try Self.file("lr", missing: true)
        #expect(file.terms.contains("d=missing") && file.features == ["a", "b", "c", "d"])
        let new = try CSVTable(text: "a,b,c,d\n0.5,0.5,0.5,\n0.5,,0.5,0.1\n", file: "n.csv")
        let scores = try file.predictions(try LearningInput(new, features: file.features)).map(\.score)
        #expect(scores.allSatisfy { $0.isFinite })
        let complete = try Self.file("lr")
        #expect(throws: LearningError.missingValues(features: ["b", "d"])) {
            try complete.predictions(try LearningInput(new, features: complete.features))
        }
        #expect(throws: TableError.self) {
            try LearningInput(try CSVTable(text: "a\n1\n", file: "n.csv"), features: file.features)
        }
    }

    @Test("A misspelt column of patients or sites is what the error names", arguments: ["name", "site"])
    func unknownRole(role: String) throws {
        let source = try CSVTable(text: "case,site,a,y\nc1,s1,1,0\nc2,s1,2,1\n", file: "t.csv")
        let roles =
            role == "name"
            ? LearningInput.Roles(name: "patient", site: "site") : LearningInput.Roles(name: "case", site: "patient")
        let error = #expect(throws: TableError.self) {
            try LearningInput(source, outcome: OutcomeColumns(event: "y"), roles: roles)
        }
        #expect(error.map { "\($0)".contains("'patient'") } ?? false)
    }

    @Test("A horizon needs a Cox model and a time with events")
    func horizon() throws {
        let cox = try Self.file("cox-ridge")
        let input = try LearningInput(try Self.table(), features: cox.features)
        let early = try cox.predictions(input, horizon: 10).compactMap(\.probability)
        let late = try cox.predictions(input, horizon: 60).compactMap(\.probability)
        #expect(early.count == 240 && zip(early, late).allSatisfy { $0 < $1 })
        #expect(throws: LocalLearningError.self) { try cox.predictions(input, horizon: 1e9) }
        let logistic = try Self.file("lr")
        #expect(throws: LocalLearningError.self) { try logistic.predictions(input, horizon: 10) }
    }

    @Test("Changed, cut, older and extended files are refused, and say what is wrong")
    func refused() throws {
        let text = String(decoding: try Self.file("lr").json(), as: UTF8.self)
        func reason(_ changed: String) -> String {
            do {
                _ = try ModelFile(json: Data(changed.utf8))
                return ""
            } catch { return "\(error)" }
        }
        #expect(reason(text) == "")
        #expect(reason(text.replacingOccurrences(of: "\"cases\":240", with: "\"cases\":241")).contains("hash"))
        #expect(reason(String(text.prefix(100))).contains("not a document"))
        #expect(reason(text.replacingOccurrences(of: "concord-model-3", with: "concord-model-1")).contains("format"))
        let extended = text.replacingOccurrences(of: "\"terms\":{", with: "\"terms\":{\"extra\":1,")
        #expect(reason(extended).contains("'fitted.predictor.model.terms.extra'"))
        let short = text.replacingOccurrences(of: "\"method\":\"lr\",", with: "")
        #expect(reason(short).contains("'method'"))
        #expect(reason("").contains("not a document") && reason("[[[[").contains("not a document"))
        #expect(reason(String(repeating: "[", count: 5000)).contains("not a document"))
    }

    @Test(
        "No change of a byte and no cut makes a file that is read as another, or a crash",
        arguments: ["lr", "boosting", "svm"])
    func fuzz(name: String) throws {
        let bytes = [UInt8](try Self.file(name).json())
        var state: UInt64 = 11
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<150 {
            var changed = bytes
            switch random(4) {
            case 0: changed[random(changed.count)] ^= UInt8(1 << random(8))
            case 1: changed.removeSubrange(random(changed.count)...)
            case 2: changed.insert(UInt8(random(256)), at: random(changed.count))
            default:
                let start = random(changed.count)
                changed.removeSubrange(start..<min(changed.count, start + 1 + random(40)))
            }
            guard changed != bytes else { continue }
            guard let read = try? ModelFile(json: Data(changed)) else { continue }
            let again = try read.json()
            #expect(again == Data(bytes))
        }
    }

    @Test("Outcomes and times that are none, features with two roles and empty tables are refused by name")
    func inputs() throws {
        #expect(throws: LocalLearningError.notBinary(file: "t.csv", column: "a", row: 1)) {
            try LearningInput(try Self.table(), outcome: OutcomeColumns(event: "a"))
        }
        #expect(throws: TableError.missingValue(file: "t.csv", row: 1, column: "d")) {
            try LearningInput(try Self.table(missing: true), outcome: OutcomeColumns(event: "y", time: "d"))
        }
        #expect(throws: LocalLearningError.options("column 'site' cannot be a feature and have another role")) {
            try LearningInput(
                try Self.table(), outcome: OutcomeColumns(event: "y"), features: ["a", "site"],
                roles: LearningInput.Roles(site: "site"))
        }
        #expect(throws: LocalLearningError.empty(file: "e.csv")) {
            try LearningInput(try CSVTable(text: "y\n1\n", file: "e.csv"), outcome: OutcomeColumns(event: "y"))
        }
    }
}
