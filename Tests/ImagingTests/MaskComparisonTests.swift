import Imaging
import Testing

@Suite("Comparison of masks") struct MaskComparisonTests {
    private func bar(_ range: ClosedRange<Int>) -> Mask {
        Mask(
            geometry: Geometry(size: GridSize(20, 3, 1), spacing: Vector3(0.5, 0.5, 1)),
            voxels: (0..<60).map { range.contains($0 % 20) && $0 / 20 == 1 ? 1 : 0 })
    }

    @Test("Counts cover the box of both masks grown by the margin")
    func counts() throws {
        let comparison = try MaskComparison(bar(5...10), bar(8...13), marginMM: 1)
        #expect((comparison.both, comparison.firstOnly, comparison.secondOnly) == (3, 3, 3))
        // Columns 3 to 15 and rows 0 to 2.
        #expect(comparison.neither == 13 * 3 - 9)
        #expect(comparison.dice == 0.5)
    }

    @Test("The size of the image does not change the table")
    func bounded() throws {
        let comparison = try MaskComparison(bar(5...10), bar(5...10), marginMM: 0)
        #expect((comparison.both, comparison.neither) == (6, 0))
        #expect(comparison.dice == 1)
    }

    @Test("Two empty masks and masks of different grids are refused")
    func refusals() {
        let empty = bar(30...31)
        #expect(throws: ImagingError.emptyMask(label: nil, present: [])) {
            try MaskComparison(empty, empty, marginMM: 1)
        }
        let other = TestData.sphere(radius: 2, pixel: 1, slice: 1, offset: Vector3(0, 0, 0), margin: 1)
        #expect(throws: ImagingError.self) { try MaskComparison(bar(1...2), other, marginMM: 1) }
    }
}
