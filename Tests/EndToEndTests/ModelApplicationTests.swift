import Foundation
import Testing

/// Where the programs and the pictures are.
private enum Pictures {
    static let agent = ConcordProgram.path(of: "concord-agent")
    static let folder = EndToEndTests.shared + "/data/images/us_liver"

    static var areThere: Bool {
        let files = FileManager.default
        return files.isExecutableFile(atPath: ConcordProgram.path) && files.isExecutableFile(atPath: agent)
            && files.fileExists(atPath: folder)
    }
}

/// A model fitted from extracted features, applied to a table and to the images themselves: the programs on shared ultrasound images.
@Suite("Models from the image", .enabled(if: Pictures.areThere, "not built, or no shared data"))
struct ModelApplicationTests {
    /// Whether the programs are built and the pictures there.
    static let areTherePictures = Pictures.areThere

    private static let agent = Pictures.agent
    private static let images = Pictures.folder

    private struct Document: Decodable {
        struct Case: Decodable {
            struct Prediction: Decodable {
                let score: Double
                let isPositive: Bool
            }

            let `case`: String
            let prediction: Prediction
        }

        let cases: [Case]
    }

    static func ok(_ arguments: [String], program: String = ConcordProgram.path) throws -> String {
        let run = try LocalStatisticsTests.run(arguments, program: program)
        try #require(run.code == 0, Comment(rawValue: run.messages))
        return run.output
    }

    static func cells(_ path: String) throws -> [[String]] {
        try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func text(_ rows: [[String]]) -> String { rows.map { $0.joined(separator: ",") + "\n" }.joined() }

    @Test(
        "Scores from the image are those of extract and apply; a new scanner, other settings and unknown ones are refused"
    )
    func image() throws {
        let folder = try LocalStatisticsTests.Folder()
        let labels = try Self.cells(Self.images + "/labels.csv").dropFirst().map {
            ($0[0], $0[1] == "malignant" ? "1" : "0")
        }
        let manifest = try folder.write(
            "images.csv",
            Self.text(
                [["case", "image", "mask", "spacing-mm"]]
                    + labels.map { name, _ in
                        [name, "\(Self.images)/\(name).png", "\(Self.images)/\(name)_mask.png", "0.3"]
                    }))
        // Without rings, which leave some of the pictures.
        let features = folder.path("features.csv")
        _ = try Self.ok(
            ["extract", "--manifest", manifest, "--output", features, "--threads", "2"], program: Self.agent)
        let table = try Self.cells(features)
        let complete = table[0].indices.dropFirst(2).filter { column in
            table.dropFirst().allSatisfy { !$0[column].isEmpty }
        }
        let kept = Array(complete.prefix(40))
        let scanner = { (row: Int) in row % 2 == 0 ? "A" : "B" }
        let meta = try folder.write(
            "meta.csv", Self.text([["case", "scanner"]] + table.dropFirst().enumerated().map { [$1[0], scanner($0)] }))
        let bare = try folder.write("bare.csv", Self.text(table.map { row in [row[0]] + kept.map { row[$0] } }))
        let outcome = Dictionary(labels, uniquingKeysWith: { first, _ in first })
        let training = try folder.write(
            "training.csv",
            Self.text(
                [table[0] + ["scanner", "y"]]
                    + table.dropFirst().enumerated().map { $1 + [scanner($0), outcome[$1[0]] ?? ""] }))
        let (combat, model) = (folder.path("combat.json"), folder.path("model.json"))
        _ = try Self.ok([
            "harmonise", "fit", "--features", bare, "--meta", meta, "--batch", "scanner", "--model", combat, "--output",
            folder.path("harmonised.csv"),
        ])
        _ = try Self.ok([
            "model", "fit", "--table", training, "--outcome", "y", "--id", "case", "--features",
            kept.map { table[0][$0] }.joined(separator: ","), "--method", "lr", "--select", "t:4", "--harmonisation",
            combat,
            "--extraction", features + ".extraction.json", "--threshold", "0.4", "--intended-use", "test", "--model",
            model,
        ])
        let predictions = folder.path("predictions.csv")
        let apply = ["model", "apply", "--model", model, "--table", training, "--output", predictions]
        let unknown = try LocalStatisticsTests.run(apply)
        #expect(unknown.code == 64 && unknown.messages.contains("--other-extraction"))
        _ = try Self.ok(apply + ["--extraction", features + ".extraction.json"])
        #expect(FileManager.default.fileExists(atPath: predictions + ".record.json"))
        let rows = try Self.cells(predictions)
        let (score, positive) = (
            try #require(rows[0].firstIndex(of: "score")), try #require(rows[0].firstIndex(of: "positive"))
        )
        let expected = Dictionary(rows.dropFirst().map { ($0[0], $0) }, uniquingKeysWith: { first, _ in first })
        let all = try Self.ok(
            ["apply", "--model", model, "--manifest", manifest, "--table", meta, "--format", "json", "--threads", "2"],
            program: Self.agent)
        // Not JSONSerialization, whose numbers can be off by the last bit.
        let cases = try JSONDecoder().decode(Document.self, from: Data(all.utf8)).cases
        #expect(cases.count == labels.count)
        for own in cases {
            let wanted = try #require(expected[own.case])
            #expect(own.prediction.score == Double(wanted[score]))
            #expect(own.prediction.isPositive == (wanted[positive] == "1"))
        }
        let one = [
            "apply", "--model", model, "--image", "\(Self.images)/\(labels[0].0).png", "--mask",
            "\(Self.images)/\(labels[0].0)_mask.png", "--spacing-mm", "0.3",
        ]
        let text = try Self.ok(one + ["--batch", "A"], program: Self.agent)
        #expect(text.contains("probability") && text.contains("at 0.4") && text.contains("intended use: test"))
        let foreign = try LocalStatisticsTests.run(one + ["--batch", "C"], program: Self.agent)
        #expect(foreign.code == 65 && foreign.messages.contains("--each-batch"))
        #expect(try Self.ok(one + ["--batch", "C", "--each-batch"], program: Self.agent).contains("between"))
        let other = try LocalStatisticsTests.run(
            ["extract", "--manifest", manifest, "--preset", "ibsi-A", "--output", features], program: Self.agent)
        #expect(other.code == 64 && other.messages.contains("other settings"))
    }
}
