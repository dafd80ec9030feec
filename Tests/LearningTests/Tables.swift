import Federation
import FoundationEssentials
import TestKit

/// The tables that the learning tests share.
enum Tables {
    /// Whether the shared reference data is there.
    static let hasShared = SharedData.available("data/learning/table.csv")

    /// References that were computed for these tests; package versions and calls are in the file.
    static func reference() throws -> JSONFixture {
        let name = "logistic_reference.json"
        let path = "\(SharedData.packageRoot)/Tests/LearningTests/Fixtures/\(name)"
        return try JSONFixture(bytes: [UInt8](Data(contentsOf: URL(filePath: path))), name: name)
    }

    /// Our seeded synthetic table.
    static func synthetic() throws -> CaseTable {
        let data = try reference()["synthetic"]
        let names = data["lambda_0"]["columns"].texts
        return CaseTable(
            featureNames: names, features: data["features"].list.flatMap(\.numbers), outcome: data["outcome"].numbers,
            batch: data["outcome"].numbers.map { _ in "a" })
    }

    /// 605 rows of CT radiomics of three centres (Hosny et al. 2018); batch = centre.
    static func radiotherapy(_ names: [String]) throws -> CaseTable {
        let csv = try CSVFixture.shared("data/learning/table.csv")
        return table(csv, names: names, outcome: "y", batch: "center")
    }

    static func table(_ csv: CSVFixture, names: [String], outcome: String, batch: String) -> CaseTable {
        let columns = names.map { csv.numbers($0) }
        return CaseTable(
            featureNames: names, features: csv.rows.indices.flatMap { row in columns.map { $0[row] } },
            outcome: csv.numbers(outcome), batch: csv.texts(batch))
    }

    /// UCI heart disease with FLamby's rows, coding and split; batch = centre.
    static func heart(_ part: String?) throws -> CaseTable {
        let split = try CSVFixture.shared("data/multicentre/fed_heart_disease/flamby_rows_and_split.csv")
        let centres = Set(split.texts("center"))
        let columns = (0..<14).map { "c\($0)" }
        var files: [String: [[Double]]] = [:]
        for centre in centres {
            let csv = try CSVFixture.shared(
                "data/multicentre/fed_heart_disease/processed.\(centre).data", columns: columns)
            files[centre] = columns.prefix(10).map { csv.numbers($0) }
        }
        let rows = split.rows.indices.filter { part == nil || split.texts("fold")[$0] == part }
        let features = rows.flatMap { row -> [Double] in
            let position = Int(split.numbers("row")[row]) - 1
            let v = files[split.texts("center")[row]]!.map { $0[position] }
            func level(_ value: Double, _ level: Double) -> Double { value == level ? 1 : 0 }
            return [
                v[0], v[1], level(v[2], 2), level(v[2], 3), level(v[2], 4), v[3], v[4], v[5], level(v[6], 1),
                level(v[6], 2), v[7], v[8], v[9],
            ]
        }
        return CaseTable(
            featureNames: [
                "age", "sex", "cp2", "cp3", "cp4", "trestbps", "chol", "fbs", "restecg1", "restecg2", "thalach",
                "exang", "oldpeak",
            ], features: features, outcome: rows.map { split.numbers("disease")[$0] },
            batch: rows.map { split.texts("center")[$0] })
    }
}

extension CaseTable {
    /// Mean and standard deviation (denominator n) of each feature, in two passes.
    var moments: (means: [Double], standardDeviations: [Double]) {
        let (n, p) = (Double(count), featureCount)
        var means: [Double] = []
        var deviations: [Double] = []
        for column in 0..<p {
            let values = (0..<count).map { features[$0 * p + column] }
            let mean = values.reduce(0, +) / n
            means.append(mean)
            deviations.append((values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot())
        }
        return (means, deviations)
    }

    /// Consecutive, uneven shards.
    func splitByRow(_ shards: Int) -> [CaseTable] {
        ShardProperty.unevenRanges(count, into: shards).map { selecting(rows: Array($0)) }
    }

    /// One shard a centre.
    var splitByCentre: [CaseTable] {
        Set(batch).sorted().map { name in selecting(rows: (0..<count).filter { batch[$0] == name }) }
    }

    /// The rows of the named centres.
    func rows(of centres: [String]) -> CaseTable { selecting(rows: (0..<count).filter { centres.contains(batch[$0]) }) }
}

/// Share of pairs of an event and a non-event that the scores order rightly, ties half.
func areaUnderCurve(_ scores: [Double], _ outcome: [Double]) -> Double {
    let events = scores.indices.filter { outcome[$0] == 1 }
    let others = scores.indices.filter { outcome[$0] == 0 }
    var sum = 0.0
    for event in events {
        for other in others { sum += scores[event] > scores[other] ? 1 : scores[event] == scores[other] ? 0.5 : 0 }
    }
    return sum / Double(events.count * others.count)
}
