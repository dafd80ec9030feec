import Filters
import FoundationEssentials
import Imaging
import TestKit
import Testing

/// The response maps of the IBSI 2 digital phantoms.
struct IBSI2Phase1Tests {
    @Test(
        "Response maps agree with NumPy and SciPy to 1e-5 of their range and the rounding of a Float",
        .enabled(if: TestImage.hasPhantoms, "the shared IBSI 2 phantoms are not here"), arguments: IBSI2Test.phase1)
    func responseMap(test: IBSI2Test) throws {
        let expected = try JSONFixture.beside("phase1.json")[test.id]
        let image = try TestImage.shared(TestImage.phantoms + test.phantom + ".nii.gz")
        let response = try apply(
            test.filter, to: image, dimensionality: test.dimensionality, boundary: test.boundary, threads: 2)
        let values = response.voxels.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        let range = expected["max"].number - expected["min"].number
        var differences = [
            mean - expected["mean"].number, variance.squareRoot() - expected["sd"].number,
            (values.min() ?? .nan) - expected["min"].number, (values.max() ?? .nan) - expected["max"].number,
        ]
        for (place, value) in zip(expected["places"].integers, expected["values"].numbers) {
            differences.append(values[place] - value)
        }
        let error = differences.map(\.magnitude).max() ?? .nan
        print("IBSI 2 phase 1 \(test.id): largest difference \(error / range) of the range")
        let magnitude = max(abs(expected["max"].number), abs(expected["min"].number))
        #expect(error < 1e-5 * range + magnitude * Double(Float.ulpOfOne) / 2)
    }

    @Test("The table has each test of phase 1 without Riesz transform once")
    func table() {
        #expect(IBSI2Test.phase1.count == 30)
        #expect(Set(IBSI2Test.phase1.map(\.id)).count == 30)
    }

    @Test("Filters survive being written and read")
    func coding() throws {
        let filters = (IBSI2Test.phase1 + IBSI2Test.phase2).map(\.filter)
        #expect(try JSONDecoder().decode([Filter].self, from: JSONEncoder().encode(filters)) == filters)
    }
}
