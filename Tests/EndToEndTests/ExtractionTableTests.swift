import Foundation
import Testing

/// Tables of cases by the program: parts, and going on after an interruption.
@Suite("Tables of cases", .enabled(if: ModelApplicationTests.areTherePictures, "not built, or no shared data"))
struct ExtractionTableTests {
    private static let agent = ConcordProgram.path(of: "concord-agent")

    private static func run(_ arguments: [String]) throws -> (code: Int32, output: String, messages: String) {
        let run = try LocalStatisticsTests.run(["extract"] + arguments, program: agent)
        return (run.code, run.output, run.messages)
    }

    @Test("A file that ends anywhere, also between the regions of a case, becomes what one run writes")
    func goesOn() throws {
        let folder = try LocalStatisticsTests.Folder()
        let images = EndToEndTests.shared + "/data/images/us_liver"
        let manifest = try folder.write(
            "images.csv",
            "case,image,mask,spacing-mm\n"
                + [10_009, 10_013, 10_042].map { "c\($0),\(images)/AUL_\($0).png,\(images)/AUL_\($0)_mask.png,0.3\n" }
                .joined())
        let output = folder.url.appending(path: "out.jsonl")
        let arguments = [
            "--manifest", manifest, "--roi", "intratumoral", "--roi", "ring:0-3", "--format", "jsonl", "--output",
            output.path,
        ]
        #expect(try Self.run(arguments).code == 0)
        let whole = try Data(contentsOf: output)
        let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
        #expect(ends.count == 6)
        // Within a line, after the first region of the second case, after its second, before its line's end.
        for length in [ends[0] - 200, ends[2] + 1, ends[3] + 1, ends[4]] {
            try whole.prefix(length).write(to: output)
            #expect(try Self.run(arguments).code == 0)
            #expect(try Data(contentsOf: output) == whole, "cut at \(length)")
        }
        // Lines of other regions, and text that is none, are not touched.
        for text in [String(decoding: whole, as: UTF8.self).replacing("ring:0-3", with: "ring:0-5"), "{}\n"] {
            try Data(text.utf8).write(to: output)
            let run = try Self.run(arguments)
            #expect(run.code == 64 && run.messages.contains("out.jsonl"))
            #expect(try Data(contentsOf: output) == Data(text.utf8))
        }
    }
}
