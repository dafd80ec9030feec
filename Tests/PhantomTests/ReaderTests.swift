import Imaging
import Phantom
import Testing

@Suite("Phantom readers")
struct ReaderTests {
    static let hospitals = PhantomStudy.allCases.flatMap { study in HospitalProfile.all.map { (study, $0) } }

    @Test(
        "Two readers agree with a kappa of 0.76 to 0.86 in the tumour and 0.58 to 0.75 in the 3 mm ring",
        arguments: hospitals)
    func agreement(study: PhantomStudy, hospital: HospitalProfile) {
        var tumour: [Double] = []
        var peritumoral: [Double] = []
        for item in PhantomCohort(study: study, hospital: hospital, count: 40, seed: 9) {
            let (first, second) = (item.readerMasks[0], item.readerMasks[1])
            let region = box(first, second, grownBy: 5)
            tumour.append(kappa(first, second, over: region))
            peritumoral.append(kappa(ring(first, width: 3), ring(second, width: 3), over: region))
        }
        let means = (moments(tumour).mean, moments(peritumoral).mean)
        print("kappa, \(study.rawValue) \(hospital.id): tumour \(means.0), ring \(means.1)")
        #expect(means.0 > 0.76 && means.0 < 0.86)
        // The design is 0.60 to 0.75; a mean of 40 cases has a standard error of 0.01.
        #expect(means.1 > 0.58 && means.1 < 0.75)
    }

    @Test("Both readers come near the truth, and neither reproduces it")
    func truth() {
        for item in PhantomCohort(study: .ultrasound, hospital: .h3, count: 20, seed: 9) {
            for mask in item.readerMasks {
                let region = box(mask, item.truthMask, grownBy: 5)
                let agreement = kappa(mask, item.truthMask, over: region)
                #expect(agreement > 0.75 && agreement < 0.995)
            }
        }
    }
}
