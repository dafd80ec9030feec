import Imaging
import Phantom
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Phantom images")
struct ImageTests {
    @Test(
        "Fully developed speckle is Rayleigh before log-compression: mean over standard deviation is 1.91 +- 0.05",
        arguments: HospitalProfile.all)
    func rayleigh(hospital: HospitalProfile) {
        var dense = hospital.ultrasound
        dense.scattererDensity = 1
        let (full, own) = (speckleRatio(dense), speckleRatio(hospital.ultrasound))
        print("speckle, \(hospital.id): mean/SD \(full) fully developed, \(own) with the density of the hospital")
        #expect(abs(full - (Double.pi / (4 - Double.pi)).squareRoot()) < 0.05)
        #expect(own > 1.75 && own < 1.91)
    }

    @Test("Few scatterers give speckle that is rougher than Rayleigh")
    func fewScatterers() {
        var sparse = HospitalProfile.h1.ultrasound
        sparse.scattererDensity = 0.05
        #expect(speckleRatio(sparse) < 1.6)
    }

    @Test(
        "The speckle correlates over the width of the point-spread function, within 6 %",
        arguments: HospitalProfile.all)
    func pointSpread(hospital: HospitalProfile) {
        let scanner = hospital.ultrasound
        var lateral: [Double] = []
        var axial: [Double] = []
        for seed in 10..<18 {
            let power = focusBand(scanner, seed: UInt64(seed)).map { $0.map { $0 * $0 } }
            let mean = moments(power.flatMap { $0 }).mean
            var (variance, across, along) = (0.0, 0.0, 0.0)
            for row in 0..<(power.count - 1) {
                for column in 0..<(scanner.columns - 1) {
                    let here = power[row][column] - mean
                    variance += here * here
                    across += here * (power[row][column + 1] - mean)
                    along += here * (power[row + 1][column] - mean)
                }
            }
            lateral.append(across / variance)
            axial.append(along / variance)
        }
        // The intensity's autocovariance is exp(-d^2 / (2 sigma^2)) when the amplitude's spread has that sigma.
        func width(_ correlations: [Double]) -> Double {
            2.3548 * scanner.pixelSpacingMM / (-2 * log(moments(correlations).mean)).squareRoot()
        }
        print("point spread, \(hospital.id): lateral \(width(lateral)) mm, axial \(width(axial)) mm")
        #expect(abs(width(lateral) / scanner.lateralFWHM - 1) < 0.06)
        #expect(abs(width(axial) / scanner.axialFWHM - 1) < 0.06)
    }

    @Test(
        "Ultrasound is 8-bit grey with less than 2 % at the ends of the scale, with the spacing of the hospital",
        arguments: HospitalProfile.all)
    func greyRange(hospital: HospitalProfile) {
        for item in PhantomCohort(study: .ultrasound, hospital: hospital, count: 20, seed: 6) {
            let voxels = item.image.voxels
            #expect(voxels.allSatisfy { $0 >= 0 && $0 <= 255 && $0 == $0.rounded() })
            let ends = voxels.count { $0 == 0 || $0 == 255 }
            #expect(Double(ends) < 0.02 * Double(voxels.count))
            #expect(item.image.geometry.spacing.x == hospital.ultrasound.pixelSpacingMM)
            #expect(item.image.geometry.size == GridSize(hospital.ultrasound.columns, hospital.ultrasound.rows, 1))
            #expect(item.readerMasks.count == 2)
            #expect((item.readerMasks + [item.truthMask]).allSatisfy { $0.geometry == item.image.geometry })
        }
    }

    @Test("A narrower dynamic range gives more grey-level contrast for the same scatterers")
    func dynamicRange() {
        var narrow = HospitalProfile.h1
        narrow.ultrasound.dynamicRange = 40
        let wide = PhantomCohort(study: .ultrasound, hospital: .h1, count: 1, seed: 8)[0].image
        let steep = PhantomCohort(study: .ultrasound, hospital: narrow, count: 1, seed: 8)[0].image
        let ratio = moments(steep.voxels.map(Double.init)).sd / moments(wide.voxels.map(Double.init)).sd
        // Log-compression divides by the dynamic range: 66 / 40 = 1.65, less what is clipped.
        #expect(ratio > 1.5 && ratio < 1.70)
    }

    @Test(
        "CT has liver at 105 +- 6 HU and the noise and texture of the hospital within 20 %",
        arguments: HospitalProfile.all)
    func hounsfield(hospital: HospitalProfile) {
        var means: [Double] = []
        var deviations: [Double] = []
        for item in PhantomCohort(study: .ct, hospital: hospital, count: 12, seed: 7) {
            let size = item.image.geometry.size
            #expect(item.image.geometry.spacing.z == hospital.ct.sliceSpacingMM)
            // The first columns are far from the lesion.
            let border = (0..<size.y * size.z).flatMap { line in
                item.image.voxels[(line * size.x)..<(line * size.x + 6)].map(Double.init)
            }
            // Vessels are bright: the median and the lower half are liver.
            let sorted = border.sorted()
            let median = sorted[sorted.count / 2]
            means.append(median - hospital.ct.calibrationOffset)
            deviations.append(median - sorted[Int(0.158_655 * Double(sorted.count))])
        }
        let liver = moments(means).mean
        let spread = moments(deviations).mean
        // Background texture of 4 HU, about 3.5 HU after blur and slice averaging.
        let expected = (hospital.ct.noiseSD * hospital.ct.noiseSD + 3.5 * 3.5).squareRoot()
        print("CT, \(hospital.id): liver \(liver) HU, SD \(spread) HU")
        #expect(abs(liver - 105) < 6)
        #expect(abs(spread / expected - 1) < 0.2)
    }

    private func speckleRatio(_ scanner: UltrasoundScanner) -> Double {
        let ratios = (0..<8).map { seed -> Double in
            let (mean, sd) = moments(focusBand(scanner, seed: UInt64(seed)).flatMap { $0 })
            return mean / sd
        }
        return moments(ratios).mean
    }

    /// Rows of the envelope within 8 mm of the focus.
    private func focusBand(_ scanner: UltrasoundScanner, seed: UInt64) -> [[Double]] {
        let envelope = scanner.uniformEnvelope(seed: seed)
        let middle = Int(scanner.focusMM / scanner.pixelSpacingMM)
        let half = Int(8 / scanner.pixelSpacingMM)
        return ((middle - half)...min(middle + half, scanner.rows - 1)).map { row in
            envelope.voxels[(row * scanner.columns)..<((row + 1) * scanner.columns)].map(Double.init)
        }
    }
}
