import Federation
import FoundationEssentials
import LocalLearning
import Tables
import TestKit

/// Tables that the tests of this module read.
enum SharedInput {
    static let hasShared = SharedData.available("data/learning/table.csv")

    /// References that scikit-learn, scipy and statsmodels made; `Fixtures/make_reference.py` has calls and versions.
    static func reference() throws -> JSONFixture {
        let path = "\(SharedData.packageRoot)/Tests/LocalLearningTests/Fixtures/reference.json"
        return try JSONFixture(bytes: [UInt8](Data(contentsOf: URL(filePath: path))), name: "reference.json")
    }

    static func csv(_ path: String) throws -> CSVTable {
        try CSVTable(bytes: try SharedData.bytes(path), file: String(path.split(separator: "/").last ?? ""))
    }

    /// 605 rows of CT radiomics of three centres, 110 features.
    static func radiotherapy(_ features: [String]) throws -> TrainingCases {
        try LearningInput(
            try csv("data/learning/table.csv"), outcome: OutcomeColumns(event: "y"), features: features,
            roles: LearningInput.Roles(name: "id", site: "center", others: ["fold"])
        ).cases
    }

    /// Fold of each of its rows by the row's name.
    static func folds(_ path: String = "data/learning/table.csv") throws -> [String: Int] {
        let table = try csv(path)
        return Dictionary(
            zip(try table.texts("id"), try table.numbers("fold").map { Int($0) + 1 }), uniquingKeysWith: { a, _ in a })
    }

    /// The same rows with all features that vary.
    static func fullRadiotherapy() throws -> TrainingCases {
        let source = try csv("data/multicentre/nsclc_ct_radiotherapy_3centres/radiomics.csv")
        let outcomes = try csv("data/learning/table.csv")
        let known = Dictionary(
            zip(try outcomes.texts("id"), try outcomes.texts("y")), uniquingKeysWith: { first, _ in first })
        let names = try source.texts("id")
        let rows = source.rows.enumerated().filter { known[names[$0.offset]] != nil }
            .map { $0.element + [known[names[$0.offset]] ?? ""] }
        let joined = CSVTable(file: "radiomics.csv", columns: source.columns + ["y"], rows: rows)
        return try LearningInput(
            joined, outcome: OutcomeColumns(event: "y"), roles: LearningInput.Roles(name: "id", site: "center")
        ).cases
    }

    /// 206 rows with survival of two centres.
    static func survival(_ features: [String]) throws -> TrainingCases {
        try LearningInput(
            try csv("data/learning/table_cox.csv"), outcome: OutcomeColumns(event: "event", time: "days"),
            features: features, roles: LearningInput.Roles(name: "id", site: "center", others: ["fold"])
        ).cases
    }

    /// UCI heart disease at four centres, all 13 columns with their gaps.
    static func heart() throws -> TrainingCases {
        let names = [
            "age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca",
            "thal", "num",
        ]
        let rows = try ["cleveland", "hungarian", "switzerland", "va"].flatMap { centre in
            try CSVFixture.shared("data/multicentre/fed_heart_disease/processed.\(centre).data", columns: names).rows
                .map { Array($0.dropLast()) + [(Double($0[13]) ?? 0) > 0 ? "1" : "0", centre] }
        }
        return try LearningInput(
            CSVTable(file: "heart.csv", columns: names + ["centre"], rows: rows), outcome: OutcomeColumns(event: "num"),
            roles: LearningInput.Roles(site: "centre")
        ).cases
    }
}
