import ArgumentParser

/// Puts the parts of a sharded extraction together.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Merge the parts that `extract --shard` wrote; the result is what one run writes, byte for byte.",
        discussion: "Example: concord-agent merge part1.jsonl part2.jsonl > all.jsonl")
    @Argument(help: "Files of the parts, all csv or all jsonl.") var files: [String]

    func run() throws {
        do {
            for line in try ReportWriter.merge(files) { print(line) }
        } catch {
            throw fail("\(error)", code: 64)
        }
    }
}
