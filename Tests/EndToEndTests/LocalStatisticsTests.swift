import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// `concord` beside the test program, else in the build folder.
enum ConcordProgram {
    static let path = path(of: "concord")

    static func path(of name: String) -> String {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name).path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return EndToEndTests.root.appending(path: ".build/release/\(name)").path
    }
}

/// The `concord` program itself on small tables: what it prints, the pages that it writes, and what it says to bad input.
@Suite(
    "Statistics from the command line",
    .enabled(if: FileManager.default.isExecutableFile(atPath: ConcordProgram.path), "not built"))
struct LocalStatisticsTests {
    /// A folder that is removed at the end, with the tables in it.
    final class Folder {
        let url: URL

        init() throws {
            url = FileManager.default.temporaryDirectory.appending(path: "concord-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

        func write(_ name: String, _ bytes: Data) throws -> String {
            let path = url.appending(path: name)
            try bytes.write(to: path)
            return path.path
        }

        func path(_ name: String) -> String { url.appending(path: name).path }
    }

    static func run(
        _ arguments: [String], program: String = ConcordProgram.path
    ) throws -> (code: Int32, output: String, messages: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let folder = try Folder()
        let streams = try ["output", "messages"].map { name in
            try FileHandle(forWritingTo: URL(filePath: try folder.write(name, "")))
        }
        (process.standardOutput, process.standardError) = (streams[0], streams[1])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        for stream in streams { try stream.close() }
        return (
            process.terminationStatus, try String(contentsOfFile: folder.path("output"), encoding: .utf8),
            try String(contentsOfFile: folder.path("messages"), encoding: .utf8)
        )
    }

    /// 120 cases of three sites with two scores, covariates and follow-up; no random numbers.
    static func predictions() -> String {
        var lines = ["case,hospital,p,q,event,age,grade,months,death"]
        for index in 0..<120 {
            let site = ["north", "south", "west"][index % 3]
            let x = Double((index * 37) % 101) / 100
            let noise = Double((index * 53) % 97) / 97
            let event = 0.6 * x + 0.4 * noise > 0.55 ? 1 : 0
            let (p, q) = (0.05 + 0.85 * (0.7 * x + 0.3 * Double((index * 29) % 89) / 89), 0.1 + 0.8 * noise)
            let months = 3 + Double((index * 31) % 60) * (1.4 - x)
            let grade = ["low", "mid", "high"][(index / 7) % 3]
            lines.append(
                "c\(index),\(site),\(p),\(q),\(event),\(50 + (index * 13) % 30),\(grade),\(months),\(index % 4 == 0 ? 0 : 1)"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A mask of 12 x 12 x 6 voxels as NRRD, a box from `shift` on.
    static func mask(_ shift: Int) -> Data {
        var voxels = [UInt8](repeating: 0, count: 12 * 12 * 6)
        for z in 1...4 { for y in 3...8 { for x in (2 + shift)...(7 + shift) { voxels[(z * 12 + y) * 12 + x] = 1 } } }
        let header = """
            NRRD0004
            type: uint8
            dimension: 3
            space: left-posterior-superior
            sizes: 12 12 6
            space directions: (1,0,0) (0,1,0) (0,0,2)
            kinds: domain domain domain
            encoding: raw
            space origin: (0,0,0)


            """
        return Data(header.utf8) + Data(voxels)
    }

    /// Numbers of the JSON output, all finite.
    static func records(_ output: String) throws -> [[String: Any]] {
        let json = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        let records = try #require(json["results"] as? [[String: Any]])
        for record in records {
            for value in record.values.compactMap({ $0 as? Double }) { #expect(value.isFinite) }
            #expect(["ok", "not_estimable", "suppressed"].contains(record["status"] as? String))
            if record["estimate"] == nil { #expect((record["reason"] as? String)?.isEmpty == false) }
        }
        return records
    }

    /// The page needs nothing else, its pictures are well formed, and it names everything that it should.
    static func check(page path: String, figures: Int, contains: [String]) throws {
        let page = try String(contentsOfFile: path, encoding: .utf8)
        for foreign in ["<script", " src=", " href=", "@import", "<link", "<iframe", "url(http"] {
            #expect(!page.contains(foreign), "\(foreign)")
        }
        let withoutNames = page.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!withoutNames.contains("http://") && !withoutNames.contains("https://"))
        for word in ["NaN", ">nan", "\"nan", ">inf", "-inf"] { #expect(!page.contains(word), "\(word)") }
        for word in contains { #expect(page.contains(word), "\(word)") }
        var rest = page[...]
        var found = 0
        while let start = rest.range(of: "<svg"), let end = rest.range(of: "</svg>") {
            let parser = XMLParser(data: Data(rest[start.lowerBound..<end.upperBound].utf8))
            #expect(parser.parse(), "figure \(found + 1)")
            found += 1
            rest = rest[end.upperBound...]
        }
        #expect(found == figures, "\(found) figures")
    }

    @Test("validate: every statistic by site as JSON, a page with forests, ROC, calibration and decision curve")
    func validate() throws {
        let folder = try Folder()
        let table = try folder.write("p.csv", Self.predictions())
        let page = folder.path("v.html")
        let run = try Self.run([
            "validate", "--predictions", table, "--score", "p,q", "--outcome", "event", "--site", "hospital",
            "--threshold",
            "0.5", "--internal", "north", "--gate", "0.7", "--drop-gate", "0.1", "--curve", "--format", "json",
            "--report",
            page,
        ])
        let records = try Self.records(run.output)
        try #require(run.code == Self.gateCode(records), Comment(rawValue: run.messages))
        for site in ["", "north", "south", "west"] {
            #expect(records.contains { $0["statistic"] as? String == "AUC" && $0["site"] as? String == site })
        }
        let certified = try #require(records.first { $0["variant"] as? String == "p, pooled, certified" })
        let exact = try #require(
            records.first { $0["variant"] as? String == "p, DeLong" && $0["site"] as? String == "" })
        let (lower, upper) = (certified["lower"] as? Double ?? .nan, certified["upper"] as? Double ?? .nan)
        let area = exact["estimate"] as? Double ?? .nan
        #expect(lower <= area && area <= upper)
        #expect(records.contains { ($0["variant"] as? String)?.contains("drop of the AUC at most 0.1") == true })
        let curve = records.filter { ($0["variant"] as? String)?.contains("ROC, certified, specificity") == true }
        #expect(curve.count == 202)
        for point in curve {
            let value = point["estimate"] as? Double ?? .nan
            #expect(value >= (point["lower"] as? Double ?? .nan) && value <= (point["upper"] as? Double ?? .nan))
        }
        // AUC, O:E and slope of both scores; one ROC; two calibrations; one decision curve.
        try Self.check(page: page, figures: 10, contains: ["north", "south", "west", "certain to hold the curve"])
    }

    @Test(
        "validate with follow-up: survival by score with numbers at risk, AUC at horizons, in a page and in the terminal"
    )
    func survival() throws {
        let folder = try Folder()
        let table = try folder.write("p.csv", Self.predictions())
        let page = folder.path("s.html")
        let run = try Self.run([
            "validate", "--predictions", table, "--score", "p", "--time", "months", "--event", "death", "--site",
            "hospital",
            "--horizon", "24", "--format", "json", "--report", page, "--plot", "--ascii",
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        #expect(try Self.records(run.output).contains { $0["statistic"] as? String == "time-AUC" })
        try Self.check(page: page, figures: 2, contains: ["At risk", "Survival by p", "AUC at horizons", "west"])
        #expect(run.messages.contains("At risk") && run.messages.allSatisfy(\.isASCII))
    }

    @Test("agreement of ratings, of measurements and of masks: numbers and pages")
    func agreement() throws {
        let folder = try Folder()
        var ratings = ["case,ann,bob"]
        var volumes = ["case,ann,bob"]
        for index in 0..<40 {
            let first = index * 7 % 3
            ratings.append("c\(index),\(first),\(index % 5 == 0 ? (first + 1) % 3 : first)")
            volumes.append("c\(index),\(20 + index),\(20.5 + Double(index) + Double(index * 11 % 7) / 3)")
        }
        let page = folder.path("a.html")
        var run = try Self.run([
            "agreement", "--ratings", try folder.write("r.csv", ratings.joined(separator: "\n")), "--level", "ordinal",
            "--weights", "linear", "--format", "json", "--report", page,
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        #expect(try Self.records(run.output).contains { $0["statistic"] as? String == "kappa" })
        try Self.check(page: page, figures: 2, contains: ["ann", "bob"])
        run = try Self.run([
            "agreement", "--ratings", try folder.write("v.csv", volumes.joined(separator: "\n")), "--level", "ratio",
            "--format", "json", "--report", page,
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        #expect(try Self.records(run.output).contains { $0["statistic"] as? String == "CCC" })
        try Self.check(page: page, figures: 2, contains: ["ann", "bob", "limits of agreement"])
        run = try Self.run([
            "agreement", "--masks", try folder.write("ann.nrrd", Self.mask(0)),
            try folder.write("bob.nrrd", Self.mask(1)), "--ring", "3", "--format", "json", "--report", page, "--plot",
            "--ascii",
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        let dice = try Self.records(run.output).first { $0["statistic"] as? String == "Dice" }
        // Two boxes of six voxels along x, shifted by one.
        #expect(((dice?["estimate"] as? Double ?? .nan) - 10.0 / 12).magnitude < 1e-12)
        try Self.check(page: page, figures: 2, contains: ["ann.nrrd", "bob.nrrd", "95% (HD95)", "Dice by slice"])
        #expect(run.messages.contains("Dice by slice") && run.messages.allSatisfy(\.isASCII))
    }

    @Test("meta: summary over sites, forests with and without each site")
    func meta() throws {
        let folder = try Folder()
        let table = try folder.write(
            "e.csv", "site,estimate,se\nnorth,0.8,0.04\nsouth,0.72,0.05\nwest,0.76,0.03\neast,0.69,0.06\nonly,1,0\n")
        let page = folder.path("m.html")
        let run = try Self.run([
            "meta", "--estimates", table, "--measure", "auc", "--format", "json", "--report", page,
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        let records = try Self.records(run.output)
        #expect(records.contains { $0["site"] as? String == "only" && $0["status"] as? String == "not_estimable" })
        try Self.check(page: page, figures: 2, contains: ["north", "south", "west", "east", "without east"])
    }

    @Test("crossvalidate, drop and stability: numbers and pages")
    func refits() throws {
        let folder = try Folder()
        let table = try folder.write("p.csv", Self.predictions())
        let page = folder.path("c.html")
        var run = try Self.run([
            "crossvalidate", "--table", table, "--outcome", "event", "--predictors", "p,q,age,grade", "--categorical",
            "grade",
            "--site", "hospital", "--case", "case", "--leave-out-sites", "--folds", "4", "--bootstrap", "20", "--ridge",
            "1",
            "--format", "json", "--report", page,
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        let again = try Self.run([
            "crossvalidate", "--table", table, "--outcome", "event", "--predictors", "p,q,age,grade", "--categorical",
            "grade",
            "--site", "hospital", "--case", "case", "--leave-out-sites", "--folds", "4", "--bootstrap", "20", "--ridge",
            "1",
            "--format", "json",
        ])
        #expect(again.output == run.output)
        #expect(try Self.records(run.output).contains { $0["variant"] as? String == "corrected for optimism" })
        // Of both schemes: three forests, ROC, calibration, decision curve.
        try Self.check(page: page, figures: 12, contains: ["north", "south", "west", "optimism"])
        run = try Self.run([
            "drop", "--predictions", table, "--score", "p", "--outcome", "event", "--site", "hospital", "--internal",
            "north",
            "--covariates", "age,grade", "--categorical", "grade", "--gate", "0.1", "--resamples", "50", "--format",
            "json",
            "--report", page,
        ])
        let found = try Self.records(run.output)
        try #require(run.code == Self.gateCode(found), Comment(rawValue: run.messages))
        let parts = found.filter { $0["statistic"] as? String == "AUC-drop" }
        #expect(parts.contains { $0["variant"] as? String == "case mix" && $0["estimate"] != nil })
        try Self.check(page: page, figures: 3, contains: ["south", "west", "case mix", "remainder"])
        var readings = ["case,reader,f1,f2"]
        for index in 0..<40 {
            for (reader, shift) in [("ann", 0), ("bob", 1)] {
                let noise = Double((index * 17 + shift * 5) % 13)
                readings.append("c\(index),\(reader),\(Double(index) + noise / 50),\(noise)")
            }
        }
        run = try Self.run([
            "stability", "--readings", try folder.write("r.csv", readings.joined(separator: "\n")), "--case", "case",
            "--folds", "4", "--format", "json",
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        let shares = try Self.records(run.output).filter { $0["statistic"] as? String == "kept-share" }
        #expect(shares.map { $0["estimate"] as? Double } == [1, 0])
    }

    @Test("drop from features: the model's scores of both readings give the same parts as the scores themselves")
    func dropFromFeatures() throws {
        let folder = try Folder()
        let table = try folder.write("p.csv", Self.predictions())
        let model = folder.path("model.json")
        var run = try Self.run([
            "model", "fit", "--table", table, "--outcome", "event", "--features", "p,q,age", "--method", "elastic-net",
            "--lambda", "0.01", "--model", model,
        ])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        var features = ["case,reading,p,q,age"]
        for index in 0..<60 {
            for (reading, shift) in [("internal", 0.0), ("external", 0.2)] {
                let noise = shift * (Double((index * 41) % 23) / 23 - 0.5)
                features.append(
                    "c\(index),\(reading),\(Double((index * 37) % 101) / 101 + noise),\(Double((index * 53) % 97) / 97 - noise),"
                        + "\(50 + index % 30)")
            }
        }
        // One reading only: left out.
        features.append("c99,internal,0.5,0.5,60")
        let readings = try folder.write("f.csv", features.joined(separator: "\n") + "\n")
        let applied = folder.path("a.csv")
        run = try Self.run(["model", "apply", "--model", model, "--table", readings, "--output", applied])
        try #require(run.code == 0, Comment(rawValue: run.messages))
        var pairs: [String: [String: Double]] = [:]
        for line in try String(contentsOfFile: applied, encoding: .utf8).split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",").map(String.init)
            // After the two columns that are no features, the score.
            let probability = try #require(Double(cells[3]))
            pairs[cells[0], default: [:]][cells[1]] = log(probability / (1 - probability))
        }
        let rows = pairs.values.filter { $0.count == 2 }.map { "\($0["internal"] ?? 0),\($0["external"] ?? 0)" }
        #expect(rows.count == 60)
        let scores = try folder.write("s.csv", (["internal,external"] + rows.sorted()).joined(separator: "\n"))
        let common = [
            "drop", "--predictions", table, "--score", "p", "--outcome", "event", "--site", "hospital", "--internal",
            "north",
            "--resamples", "20", "--format", "json",
        ]
        func part(_ options: [String], _ name: String) throws -> Double {
            let run = try Self.run(common + options)
            try #require(run.code == 0, Comment(rawValue: run.messages))
            let records = try Self.records(run.output)
            let found = records.first {
                $0["statistic"] as? String == "AUC-drop" && $0["variant"] as? String == name
                    && $0["site"] as? String == ""
            }
            return try #require(found?["estimate"] as? Double)
        }
        for (name, option) in [("protocol", "protocol"), ("contour", "contour")] {
            let fromFeatures = try part(["--\(option)-features", readings, "--model", model], name)
            let fromScores = try part(["--\(option)-scores", scores], name)
            #expect((fromFeatures - fromScores).magnitude < 1e-9 && fromScores != 0)
        }
        run = try Self.run(common + ["--protocol-features", readings])
        #expect(run.code == 64 && run.messages.contains("needs --model"))
        run = try Self.run(
            common + ["--contour-features", readings, "--protocol-features", readings, "--model", model])
        let statistics = try Self.records(run.output).compactMap { $0["statistic"] as? String }
        #expect(statistics.contains("ICC") && statistics.contains("CCC"))
    }

    @Test("plan and explain: every statistic has its definition, and plans have numbers")
    func explain() throws {
        let list = try Self.run(["explain", "--list"])
        let names = list.output.split(separator: "\n").map(String.init)
        #expect(list.code == 0 && names.count > 40)
        for name in names.suffix(6) + ["AUC", "kappa"] {
            let run = try Self.run(["explain", name])
            #expect(run.code == 0 && run.output.contains("definition:") && run.output.contains("federated:"))
        }
        #expect(try Self.run(["explain", "no-such"]).code == 64)
        for plan in [
            [
                "auc", "--internal", "0.80", "--external", "0.75", "--prevalence", "0.3", "--internal-cases", "2000",
                "--tau", "0.1",
            ],
            ["prediction", "--auc", "0.75", "--width", "0.2", "--tau", "0.2", "--prevalence", "0.3"],
            ["kappa", "--kappa", "0.6", "--shares", "0.7,0.3", "--width", "0.2"],
        ] {
            let run = try Self.run(["plan"] + plan + ["--format", "json"])
            #expect(run.code == 0, Comment(rawValue: run.messages))
            #expect(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) is [String: Any])
            #expect(!run.output.contains("nan"))
        }
    }

    /// The exit code that the verdicts among some records stand for: a fail is 3, else an undecided one 6, else 0.
    static func gateCode(_ records: [[String: Any]]) -> Int32 {
        let words = records.filter { $0["statistic"] as? String == "verdict" }.map { record in
            [record["method"], record["reason"]].compactMap { $0 as? String }.joined()
        }
        if words.contains(where: { $0.hasPrefix("fail:") }) { return 3 }
        return words.contains { $0.hasPrefix("undecided:") } ? 6 : 0
    }

    @Test(
        "A gate decides the exit code: 0 pass, 3 fail, 6 undecided; bad input is 64 whatever the gate",
        arguments: [("0.05", 0), ("0.999", 3), ("0.5", 6)] as [(String, Int32)])
    func gates(gate: String, code: Int32) throws {
        let folder = try Folder()
        // 40 cases whose AUC of 0.6 is between the gates and not far from one half.
        let scores = (0..<40).map { 37 * $0 % 40 }
        let rows = scores.enumerated().map { row, score in "\(row % 2),\(score + (row % 2) * 4)" }
        let table = try folder.write("p.csv", (["y,s"] + rows).joined(separator: "\n") + "\n")
        let run = try Self.run([
            "validate", "--predictions", table, "--score", "s", "--outcome", "y", "--gate", gate, "--format", "json",
        ])
        #expect(run.code == code, Comment(rawValue: run.output))
        #expect(try Self.gateCode(Self.records(run.output)) == code)
        #expect(
            try Self.run(["validate", "--predictions", table, "--score", "t", "--outcome", "y", "--gate", gate]).code
                == 64)
    }

    @Test("Bad input is one line that names file, column and remedy, with code 64")
    func refused() throws {
        let folder = try Folder()
        let table = try folder.write("p.csv", Self.predictions())
        let text = try folder.write("text.csv", "p,event\n0.2,1\nhigh,0\n")
        let empty = try folder.write("empty.csv", "p,event\n")
        let cases: [(arguments: [String], says: String)] = [
            (
                ["validate", "--predictions", folder.path("no.csv"), "--score", "p", "--outcome", "event"],
                "no.csv: cannot be read"
            ),
            (["validate", "--predictions", table, "--score", "z", "--outcome", "event"], "'z'"),
            (["validate", "--predictions", text, "--score", "p", "--outcome", "event"], "text.csv: row 2, column 'p'"),
            (["validate", "--predictions", empty, "--score", "p", "--outcome", "event"], "empty.csv"),
            (["validate", "--predictions", table, "--score", "p"], "--outcome"),
            (
                ["validate", "--predictions", table, "--score", "p", "--outcome", "event", "--drop-gate", "0.1"],
                "--internal"
            ),
            (
                ["validate", "--predictions", table, "--score", "p", "--outcome", "event", "--threshold", "nan"],
                "--threshold: nan is no finite number"
            ),
            (
                ["validate", "--predictions", table, "--score", "p", "--outcome", "event", "--gate", "inf"],
                "--gate: inf is no finite number"
            ),
            (
                ["crossvalidate", "--table", table, "--outcome", "event", "--predictors", "p", "--site", "hospital"],
                "--folds"
            ),
            (
                [
                    "crossvalidate", "--table", table, "--outcome", "event", "--predictors", "event", "--site",
                    "hospital",
                    "--folds", "3",
                ], "'event' is the outcome"
            ),
            (
                [
                    "drop", "--predictions", table, "--score", "p", "--outcome", "event", "--site", "hospital",
                    "--internal",
                    "moon",
                ], "no site 'moon'"
            ),
            (["stability", "--case", "case"], "--readings"),
            (["meta", "--estimates", table], "needs a column"),
            (["agreement"], "--ratings or --masks"),
        ]
        for (arguments, says) in cases {
            let run = try Self.run(arguments)
            #expect(run.code == 64, Comment(rawValue: run.messages))
            #expect(run.messages.contains(says), Comment(rawValue: run.messages))
            #expect(run.messages.split(separator: "\n").count == 1 && run.output.isEmpty)
        }
    }
}
