import FoundationEssentials
import GRDB

/// Features of one case by one reader as the store keeps them.
struct StoredFeatures {
    let names: [String]
    let values: [Double]
}

extension SiteStore {
    /// Features that were extracted under a configuration, or `nil`.
    func features(configuration: String, caseID: String, reader: String) throws -> StoredFeatures? {
        try database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT names, features FROM feature WHERE configuration = ? AND case_id = ? AND reader = ?",
                arguments: [configuration, caseID, reader])
            guard let row else { return nil }
            let body: Data = row["features"]
            let values = body.withUnsafeBytes { bytes in
                (0..<body.count / 8).map {
                    Double(
                        bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)))
                }
            }
            return StoredFeatures(
                names: (row["names"] as String).split(separator: "\n").map(String.init), values: values)
        }
    }

    /// Keeps the features of a case by a reader, with their provenance as JSON.
    func keepFeatures(
        _ features: StoredFeatures, configuration: String, caseID: String, reader: String, provenance: String
    ) throws {
        var body = Data(capacity: features.values.count * 8)
        for value in features.values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
        }
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO feature (configuration, case_id, reader, names, features, provenance)
                    VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (configuration, case_id, reader) DO NOTHING
                    """,
                arguments: [configuration, caseID, reader, features.names.joined(separator: "\n"), body, provenance])
        }
    }

    /// Voxel counts of the comparison of two readers' contours by region, as JSON, or `nil`.
    func contour(configuration: String, caseID: String) throws -> String? {
        try database.read { db in
            try String.fetchOne(
                db, sql: "SELECT counts FROM contour WHERE configuration = ? AND case_id = ?",
                arguments: [configuration, caseID])
        }
    }

    /// Keeps the comparison of two readers' contours.
    func keepContour(_ counts: String, configuration: String, caseID: String) throws {
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO contour (configuration, case_id, counts) VALUES (?, ?, ?)
                    ON CONFLICT (configuration, case_id) DO NOTHING
                    """,
                arguments: [configuration, caseID, counts])
        }
    }

    /// The frozen cohort of a run: salt, commitment and cases, or `nil`.
    func cohort(run: String) throws -> (salt: Data, commitment: String, cases: [String])? {
        try database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT salt, commitment, cases FROM cohort WHERE run = ?", arguments: [run])
            return row.map { row in
                (row["salt"], row["commitment"], (row["cases"] as String).split(separator: "\n").map(String.init))
            }
        }
    }

    /// Freezes the cohort of a run.
    func keepCohort(run: String, salt: Data, commitment: String, cases: [String], at: Date) throws {
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO cohort (run, salt, commitment, cases, at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (run) DO NOTHING
                    """,
                arguments: [run, salt, commitment, cases.joined(separator: "\n"), at.timeIntervalSince1970])
        }
    }
}
