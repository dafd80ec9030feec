import Imaging
import Phantom
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a model can learn from the images with eight plain features: age, log AFP, and of tumour and 3 mm ring (first
/// reader) mean, standard deviation and correlation of neighbours.
@Suite("Outcome signal in the phantom images")
struct SignalTests {
    private struct Row {
        var features: [Double]
        var outcome: Int
    }

    private static let casesPerHospital = 160

    @Test("Images add to the covariates, and an unharmonised model is miscalibrated at the fifth hospital")
    func ultrasound() {
        let rows = HospitalProfile.all.map { features($0) }
        let harmonised = rows.map(standardised)

        let (apparent, external, _) = fit(harmonised)
        let (_, _, expectedToObserved) = fit(rows)
        print("ultrasound AUC: training \(apparent), H4 and H5 \(external); raw E/O at H4 and H5 \(expectedToObserved)")
        #expect(apparent > 0.74 && apparent < 0.86)
        // The standard error of an AUC of 0.75 with 160 cases is 0.04.
        #expect(external.allSatisfy { $0 > 0.65 && $0 < 0.85 })
        #expect(expectedToObserved[1] > 1.5 || expectedToObserved[1] < 0.67)
    }

    /// Trains at the first three hospitals: AUC there, AUCs at the others, and their expected over observed events.
    private func fit(_ sites: [[Row]]) -> (Double, [Double], [Double]) {
        let training = sites[0..<3].flatMap { $0 }
        let width = training[0].features.count
        let scale = (0..<width).map { column in moments(training.map { $0.features[column] }) }
        func scaled(_ row: Row) -> [Double] { zip(row.features, scale).map { ($0 - $1.mean) / $1.sd } }
        let beta = logistic(training.map(scaled), training.map(\.outcome))
        func score(_ row: Row) -> Double { zip([1] + scaled(row), beta).reduce(0) { $0 + $1.0 * $1.1 } }
        let external = sites[3...].map { auc($0.map(score), $0.map(\.outcome)) }
        let ratio = sites[3...].map { site in
            site.reduce(0) { $0 + 1 / (1 + exp(-score($1))) } / Double(site.reduce(0) { $0 + $1.outcome })
        }
        return (auc(training.map(score), training.map(\.outcome)), external, ratio)
    }

    /// Image features with the mean 0 and the standard deviation 1 of the hospital: the plainest harmonisation.
    private func standardised(_ rows: [Row]) -> [Row] {
        let width = rows[0].features.count
        let scale = (2..<width).map { column in moments(rows.map { $0.features[column] }) }
        return rows.map { row in
            let image = zip(row.features[2...], scale).map { ($0 - $1.mean) / $1.sd }
            return Row(features: Array(row.features[..<2]) + image, outcome: row.outcome)
        }
    }

    private func features(_ hospital: HospitalProfile) -> [Row] {
        PhantomCohort(study: .ultrasound, hospital: hospital, count: Self.casesPerHospital, seed: 10).map { item in
            let tumour = item.readerMasks[0]
            let texture = describe(item.image, tumour) + describe(item.image, ring(tumour, width: 3))
            return Row(features: [item.age / 10, log(item.afp)] + texture, outcome: item.outcome)
        }
    }

    /// Mean, logarithm of the standard deviation, and correlation of voxels three apart.
    private func describe(_ image: Volume, _ mask: Mask) -> [Double] {
        let inside = mask.voxels.indices.filter { mask.voxels[$0] != 0 }
        let (mean, sd) = moments(inside.map { Double(image.voxels[$0]) })
        var (sum, pairs) = (0.0, 0)
        for index in inside {
            for neighbour in [index + 3, index + 3 * image.geometry.size.x]
            where neighbour < mask.voxels.count && mask.voxels[neighbour] != 0 {
                sum += (Double(image.voxels[index]) - mean) * (Double(image.voxels[neighbour]) - mean)
                pairs += 1
            }
        }
        return [mean, log(sd), sum / Double(max(pairs, 1)) / (sd * sd)]
    }
}
