import Federation
import Foundation
import Statistics
import Testing
import Validation

/// Finer bins within known ones.
@Suite("Bins that are divided")
struct DividedEdgesTests {
    @Test(
        "Every edge stays, every part of both grids holds the floor, and counts are those of the numbers",
        arguments: 0..<40)
    func nested(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        // Some numbers are ties.
        let numbers = (0..<300).map { _ in
            generator.next() % 4 == 0 ? Double(generator.next() % 5) : generator.normal()
        }
        let minimum = 5
        let coarse = try PooledQuantileEdges(bins: 13, minimumPerBin: minimum, isolatesTies: true).run(on: [numbers])
            .result
        let search = PooledQuantileEdges(bins: 52, minimumPerBin: minimum, within: coarse)
        let finer = try search.settled ?? search.run(on: [numbers]).result
        let found = coarse.divided(by: finer, minimumPerBin: minimum)
        #expect(Set(coarse.edges).isSubset(of: Set(found.edges)))
        #expect(zip(found.edges, found.edges.dropFirst()).allSatisfy(<) && found.edges.count >= coarse.edges.count)
        var counts = [Int](repeating: 0, count: found.edges.count + 1)
        for number in numbers { counts[found.bin(of: number)] += 1 }
        #expect(counts == found.casesPerBin && counts.allSatisfy { $0 >= minimum })
        for tie in found.ties ?? [] {
            let own = Set(numbers.filter { found.bin(of: $0) == tie }.map(Float.init))
            #expect(own.count == 1)
        }
        #expect((found.ties?.count ?? 0) >= (coarse.ties?.count ?? 0))
        #expect(found.divided(by: finer, minimumPerBin: minimum) == found)
    }
}
