//! What people are called, in a dozen cultures: some names each, the common ones first, and stems and endings that the rare family names are made of.

use super::dice::Dice;

/// The names of one culture.
pub struct Culture {
    /// How many of a hundred people, roughly.
    pub weight: f64,
    pub women: &'static str,
    pub men: &'static str,
    pub families: &'static str,
    stems: &'static str,
    endings: &'static str,
}

pub const CULTURES: [Culture; 13] = [
    Culture {
        weight: 38.0,
        women: "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Margaret Sandra \
                Ashley Kimberly Emily Donna Michelle Carol Amanda Dorothy Melissa Deborah Stephanie Rebecca Sharon Laura \
                Cynthia Kathleen Amy Angela Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Katherine Christine \
                Debra Rachel Carolyn Janet Catherine Heather Diane Abigail Julie Joyce Victoria Kelly Christina Lauren \
                Joan Evelyn Olivia Judith Megan Cheryl Andrea Hannah Jacqueline Martha Gloria Teresa Ann Sara Madison \
                Frances Kathryn Janice Jean Beth Brooke Paige Hazel Ivy Tabitha",
        men: "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony \
                Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan \
                Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander \
                Frank Patrick Raymond Jack Dennis Jerry Tyler Aaron Adam Nathan Henry Douglas Zachary Peter Kyle Walter \
                Ethan Jeremy Harold Keith Christian Roger Noah Gerald Terry Sean Austin Carl Arthur Lawrence Dylan Jesse \
                Jordan Bryan Ray Bruce Joe Logan Grant Clark Wade Emmett",
        families: "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson Martin Lee \
                Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker \
                Nelson Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart Morris \
                Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson \
                Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders Ross Powell Sullivan Russell Butler \
                Barnes Fisher Henderson Coleman Simmons Patterson Jordan Reynolds Hamilton Graham Wallace O'Brien \
                O'Connor McDonald",
        stems: "Ash Black Brad Carl Dun Ed Farn Gold Hart Hazel King Lang Marsh Nor Oak Pem Rad Shel Stan Thorn Wal West Whit Wood Cran Hol Lin Mil Bar Cal",
        endings: "bury by den field ford ham land ley man more over ridge son ton well wick worth stead",
    },
    Culture {
        weight: 17.0,
        women: "María Guadalupe Ana Carmen Rosa Isabel Sofía Lucía Elena Patricia Gabriela Adriana Verónica Claudia \
                Daniela Leticia Teresa Yolanda Mercedes Pilar Silvia Alejandra Beatriz Dolores Ximena",
        men: "José Juan Luis Carlos Jesús Miguel Francisco Antonio Manuel Jorge Pedro Alejandro Ricardo Fernando \
                Roberto Rafael Eduardo Javier Raúl Enrique Sergio Andrés Diego Ignacio Guillermo",
        families: "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz \
                Cruz Morales Reyes Gutiérrez Ortiz Ramos Ruiz Álvarez Mendoza Castillo Vásquez Jiménez Moreno Romero \
                Herrera Medina Aguilar Vargas Castro Guzmán Méndez Muñoz Salazar Soto Vega Núñez",
        stems: "Albar Bal Cabr Car Echev Esp Gal Iba Lar Mont Per Quint Riv Sal Sar Tor Val Villa Zam Arr",
        endings: "acios ada ales alta andez ano arte era eros ez illa ino osa uela uz",
    },
    Culture {
        weight: 7.0,
        women: "Anna Ursula Monika Petra Sabine Renate Claudia Andrea Birgit Katrin Heike Ingrid Jürgen Käthe Ulrike \
                Gisela Martina Franziska Johanna Lena Jana Greta",
        men: "Hans Peter Wolfgang Klaus Jürgen Michael Thomas Andreas Stefan Uwe Günter Werner Jörg Matthias Martin \
                Frank Bernd Ralf Heinz Karl Dieter Björn Sebastian Tobias",
        families: "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter \
                Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann \
                Köhler Maier König Walter Huber Kaiser Fuchs Groß Weiß Jung Vogel Böhm",
        stems: "Acker Berg Brei Eich Feld Grün Hag Kirch Lind Mühl Neu Ober Reich Rosen Schön Stein Wald Wein Kalt Hohen",
        endings: "bach berg berger dorf er feld haus heim huber mann meier ner stein tal thal",
    },
    Culture {
        weight: 5.0,
        women: "Marie Nathalie Isabelle Sylvie Catherine Françoise Céline Chloé Élodie Aurélie Camille Hélène Sandrine \
                Véronique Léa Manon Noémie Zoé",
        men: "Jean Pierre Michel Philippe Alain Nicolas François Laurent Frédéric Julien Sébastien Thierry Stéphane \
                Étienne Rémi Guillaume Benoît Mathieu Loïc",
        families: "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèbvre Michel \
                Garcia Fournier Lambert Bonnet Rousseau Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier \
                Perrin Roussel Mathieu",
        stems: "Beau Bel Bour Cha Char Clair Cour Dela Des Fon Gran Haute Lan Mar Mont Rou Saint Val",
        endings: "champ court dreau ge let lier lon mont nay nier pin ret rier roux sac ton vier ville",
    },
    Culture {
        weight: 4.0,
        women: "Maria Anna Giulia Francesca Chiara Sara Paola Laura Elena Valentina Giovanna Lucia Rosa Alessandra \
                Martina Antonella",
        men: "Giuseppe Giovanni Antonio Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco Domenico \
                Paolo Roberto Marco Andrea Lorenzo Matteo Nicolò",
        families: "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti DeLuca Costa \
                Giordano Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara",
        stems: "Alber Ben Bel Cas Cat Del Fab Gal Gri Mal Mar Mon Pal Pel San Tar Ven Zan",
        endings: "aldi ani anti eri etti iani ieri ini occhi oli one oni otti ucci ussi",
    },
    Culture {
        weight: 5.0,
        women: "Anna Katarzyna Małgorzata Agnieszka Barbara Ewa Krystyna Elżbieta Magdalena Joanna Aleksandra Zofia \
                Teresa Monika Danuta Jadwiga",
        men: "Jan Andrzej Piotr Krzysztof Stanisław Tomasz Paweł Józef Marcin Marek Michał Grzegorz Jerzy Tadeusz Adam \
                Łukasz Zbigniew",
        families: "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski \
                Kozłowski Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski Pawłowski Michalski Król Wieczorek \
                Jabłoński Wróbel",
        stems: "Bar Biel Brzo Cie Gór Jawor Kal Kos Lip Mal Ol Pietr Rad Sad Sok Star Ter Zal Zaw",
        endings: "acz czyk ecki ek ewski icki ik iński kowski nik owicz owski ski szek yński",
    },
    Culture {
        weight: 4.0,
        women: "Anna Ingrid Kristín Søren Maja Astrid Sigrid Bodil Karin Linnéa Åsa Kirsten Maren Solveig Elin Signe",
        men: "Lars Jan Søren Bjørn Erik Anders Per Ole Karl Nils Jørgen Håkan Göran Magnus Leif Mikkel Åke Rasmus",
        families: "Hansen Johansen Olsen Larsen Andersen Nilsen Pedersen Kristiansen Jensen Karlsen Andersson Johansson \
                Karlsson Nilsson Eriksson Larsson Svensson Nielsen Sørensen Møller Lindqvist Bergström Ekström Lindgren \
                Sjöberg",
        stems: "Berg Dal Ek Fjell Gran Hag Hol Kvist Lind Lund Norr Ny Øst Ro Sand Sjö Skog Sten Ström Vik",
        endings: "berg bo by dahl gaard gren heim holm kvist lund mark qvist sen stad ström vik",
    },
    Culture {
        weight: 6.0,
        women: "Priya Anjali Lakshmi Sunita Kavita Deepa Anita Pooja Neha Meera Radha Sita Shreya Divya Nisha Rekha Asha \
                Padma",
        men: "Rajesh Amit Sanjay Vijay Suresh Ramesh Anil Rahul Ashok Arjun Krishna Vikram Ravi Sandeep Manoj Arun \
                Venkatesh Siddharth Naveen",
        families: "Patel Singh Kumar Sharma Gupta Shah Reddy Rao Nair Iyer Desai Mehta Joshi Verma Das Bose Banerjee \
                Mukherjee Chatterjee Pillai Menon Kapoor Khanna Malhotra Agarwal Mishra Pandey Chopra",
        stems: "Bala Chandra Deva Gana Hari Jaya Kanna Maha Nara Para Raja Rama Sata Shiva Subra Venka",
        endings: "krishnan lingam manian murthy nathan pati raman ratnam samy shekar sundaram swamy varma yanan",
    },
    Culture {
        weight: 5.0,
        women: "Fatima Aisha Mariam Zainab Khadija Layla Nour Amina Hana Salma Yasmin Rania Samira Huda Leila Noor",
        men: "Mohammed Ahmed Ali Omar Hassan Hussein Ibrahim Yusuf Khalid Abdullah Mustafa Mahmoud Karim Tariq Samir \
                Bilal Hamza Faisal",
        families: "Ahmed Ali Hassan Khan Hussein Mohamed Ibrahim Al-Sayed Abdullah Haddad Khalil Mansour Nasser Saleh Rahman \
                Malik Hamid Aziz Farouk Qureshi Siddiqui Sheikh Najjar Khoury Saad",
        stems: "Abd Bash Dar Fak Gha Hab Jab Kad Mak Nas Qas Rash Sab Sham Tah Zay",
        endings: "aar abi adi ahi ami ani aoui ar awi eh een hani i ib iri oub our ul",
    },
    Culture {
        weight: 4.0,
        women: "Wei Xin Mei Li Jing Yan Fang Ling Na Xiaoling Ying Hui Yun Lan Qing",
        men: "Wei Jian Ming Hao Jun Lei Qiang Feng Tao Bo Xiaoming Chao Gang Kai Peng",
        families: "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo Liang Song Zheng Xie \
                Han Tang Feng Yu Dong Xiao",
        stems: "Ou Si Zhu Shang Du Mu Xia Gong",
        endings: "yang ma ge guan gu rong hou sun",
    },
    Culture {
        weight: 3.0,
        women: "Thi Linh Huong Lan Mai Hoa Thu Ngoc Trang Phuong Anh",
        men: "Minh Tuan Hung Dung Duc Hai Long Nam Quang Son Thanh Anh",
        families: "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý",
        stems: "Ch Tr Kh Th",
        endings: "u inh anh uong ai oan",
    },
    Culture {
        weight: 4.0,
        women: "Olga Elena Natalia Tatiana Irina Svetlana Ekaterina Anna Maria Anastasia Ludmila Galina Marina Yulia Vera",
        men: "Ivan Sergei Dmitri Alexei Vladimir Mikhail Nikolai Andrei Alexander Yuri Igor Oleg Boris Pavel Viktor \
                Leonid",
        families: "Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov Volkov Alekseev \
                Lebedev Semenov Egorov Pavlov Kozlov Stepanov Nikolaev Orlov Zaitsev",
        stems: "Bel Bor Chern Dol Gor Gub Kar Kor Lebed Mak Ohot Pol Rom Sav Tar Ust Vor Yak Zhu Shcher",
        endings: "akov anov atov bakov eev enko evich ikov in insky itsky ko ov ovsky tsev ukhin yev",
    },
    Culture {
        weight: 4.0,
        women: "Ngozi Amaka Chioma Adaeze Funmi Abeni Folake Yewande Ifeoma Zola Thandi Nomsa Ama Efua Abena",
        men: "Chinedu Emeka Obinna Olumide Tunde Segun Kwame Kofi Kwabena Sipho Thabo Femi Ikenna Uche Ade",
        families: "Okafor Okeke Obi Eze Nwosu Adeyemi Balogun Okonkwo Ogunleye Mensah Owusu Boateng Asante Dlamini Nkosi \
                Ndlovu Mbeki Adebayo Afolabi Ojo Achebe",
        stems: "Ade Aki Ane Chi Eke Ifa Nna Nwa Oba Odu Ogu Oke Olu Ona Uzo",
        endings: "bayo bisi chukwu dike funmi gbenga koya kunle makinde nkwo ola rinde sanya tunji wale yemi",
    },
];

/// Names as their bearers write them at home, and how that is spelled in Latin letters here.
const NATIVE: &str = "Ivan=Иван Sergei=Сергей Dmitri=Дмитрий Alexei=Алексей Vladimir=Владимир Mikhail=Михаил Olga=Ольга Elena=Елена \
     Natalia=Наталья Tatiana=Татьяна Irina=Ирина Svetlana=Светлана Ivanov=Иванов Smirnov=Смирнов Kuznetsov=Кузнецов \
     Popov=Попов Petrov=Петров Sokolov=Соколов Ahmed=أحمد Mohammed=محمد Hassan=حسن Khalid=خالد Wang=王 Li=李 Zhang=张 \
     Chen=陈 Ming=明 Wei=伟";

/// What somebody is called among friends, and what stands in a list that was kept by hand.
const SHORT: &str = "Robert=Bob,Rob,Bobby William=Bill,Will,Billy Richard=Rick,Dick,Rich James=Jim,Jimmy John=Jack,Johnny \
     Michael=Mike,Mick Charles=Chuck,Charlie Thomas=Tom,Tommy Christopher=Chris Daniel=Dan,Danny Matthew=Matt \
     Anthony=Tony Donald=Don Steven=Steve Stephen=Steve Andrew=Andy,Drew Joshua=Josh Kenneth=Ken Edward=Ed,Ted \
     Ronald=Ron Timothy=Tim Jeffrey=Jeff Joseph=Joe David=Dave Nicholas=Nick Jonathan=Jon Lawrence=Larry \
     Benjamin=Ben Samuel=Sam Gregory=Greg Alexander=Alex,Sasha Frank=Frankie Patrick=Pat Raymond=Ray Zachary=Zach \
     Peter=Pete Henry=Hank Gerald=Jerry Mary=Molly,Polly Patricia=Pat,Trish Jennifer=Jen,Jenny \
     Elizabeth=Liz,Beth,Betty Barbara=Barb Susan=Sue Jessica=Jess Margaret=Peggy,Meg Sandra=Sandy Kimberly=Kim \
     Deborah=Debbie Rebecca=Becky Cynthia=Cindy Katherine=Kate,Kathy Christine=Chris,Tina Pamela=Pam Samantha=Sam \
     Catherine=Cathy Victoria=Vicky Judith=Judy Jacqueline=Jackie Francisco=Paco José=Pepe Guadalupe=Lupe \
     Ignacio=Nacho Dolores=Lola Guillermo=Memo Ekaterina=Katya Dmitri=Dima Mikhail=Misha Natalia=Natasha \
     Giuseppe=Beppe Małgorzata=Gosia Johanna=Hanna Sebastian=Basti";

/// Two of one family whose names are a letter or a sound apart.
const RHYMES: &str = "Wei,Mei Zoe,Joe Ava,Eva Mia,Mae Kayla,Layla Jayden,Hayden Tim,Jim Xin,Jin Ella,Bella Lea,Leo Ian,Jan Lara,Lars Nina,Dina \
     Ivan,Evan Omar,Omer Amir,Samir Ying,Ling Rohan,Rohit Kayla,Kaylee Aiden,Jaiden Maria,Mario Daniel,Daniela Paul,Paula \
     Anna,Hanna John,Joan Eric,Erica Carl,Carla Julia,Julio Luis,Luisa Jason,Mason Brandon,Landon Ryan,Bryan Terry,Jerry \
     Emma,Gemma Marc,Marcy Ron,Don Harry,Larry Molly,Polly Stella,Bella Gina,Tina Lily,Milly Sasha,Dasha Masha,Dasha Tariq,Farik \
     Anika,Danika Priya,Riya Neha,Sneha Arun,Varun Anil,Sunil Li,Lu Bo,Bao Hui,Kui Minh,Linh Tuan,Duan Thu,Thuy Kofi,Kosi Ama,Abma \
     Femi,Yemi Ade,Ada Ola,Ole Nils,Niels Per,Pia Karin,Karen Elin,Erin Astrid,Ingrid Jana,Hana Petra,Peter Uwe,Uta Marek,Darek \
     Ewa,Iwa Pavel,Pavla Olga,Oleg Vera,Lera Ludo,Hugo Lou,Lea Manon,Sharon Remi,Rosi Chiara,Clara Mirco,Marco Gino,Dino";
/// First names of two words, and family names with particles, each with how it is written together.
const DOUBLE: &str = "Mary_Ann Ana_María Jean_Paul José_Luis Min_Jun Thi_Lan Hon_Wai Billy_Joe Anna_Lena Juan_Carlos María_José Seo_Yeon";
const PARTICLES: &str = "De_La_Cruz=Delacruz Van_der_Berg=Vanderberg Al-Sayed=Alsayed De_Luca=Deluca El_Masri=Almasri Dos_Santos=Dossantos \
     Von_Arnim=Vonarnim Del_Toro=Deltoro Van_Dyke=Vandyke De_Leon=Deleon La_Rosa=Larosa Di_Marco=Dimarco Al-Haddad=El_Haddad \
     De_la_Torre=Delatorre Le_Blanc=Leblanc Du_Pont=Dupont Ben_Amar=Benamar";
/// What is written for a name that nobody knows.
const NOBODY: &str = "- . ? Unknown unknown N/A n/a none Test XXX NULL Unknown TBD";

/// Two names of one family.
pub fn rhyme(dice: &mut Dice) -> (&'static str, &'static str) {
    let pairs: Vec<&str> = RHYMES.split_ascii_whitespace().collect();
    dice.of_list(&pairs).split_once(',').unwrap_or_default()
}

/// A first name of two words.
pub fn double(dice: &mut Dice) -> String {
    let names: Vec<&str> = DOUBLE.split(' ').collect();
    dice.of_list(&names).replace('_', " ")
}

/// A family name with particles.
pub fn particled(dice: &mut Dice) -> String {
    let names: Vec<&str> = PARTICLES.split_ascii_whitespace().collect();
    dice.of_list(&names).split('=').next().unwrap_or_default().replace('_', " ")
}

/// How it is written together.
pub fn together(name: &str) -> Option<String> {
    known(PARTICLES, &name.replace(' ', "_")).map(|together| together.replace('_', " "))
}

pub fn nobody(dice: &mut Dice) -> String {
    let names: Vec<&str> = NOBODY.split(' ').collect();
    (*dice.of_list(&names)).to_owned()
}

fn one_of(dice: &mut Dice, list: &str) -> String {
    let names: Vec<&str> = list.split(' ').collect();
    names[dice.early(names.len())].to_owned()
}

impl Culture {
    pub fn any(dice: &mut Dice) -> &'static Self {
        &CULTURES[dice.weighed(&CULTURES.map(|culture| culture.weight))]
    }

    pub fn given(&self, dice: &mut Dice, is_woman: bool) -> String {
        one_of(dice, if is_woman { self.women } else { self.men })
    }

    pub fn family(&self, dice: &mut Dice) -> String {
        if dice.hits(0.6) {
            return one_of(dice, self.families);
        }
        let stems: Vec<&str> = self.stems.split(' ').collect();
        let endings: Vec<&str> = self.endings.split(' ').collect();
        let (stem, ending) = (stems[dice.below(stems.len())], endings[dice.below(endings.len())]);
        // A third of the rare ones have a piece more, so that there are tens of thousands.
        let between = if dice.hits(0.35) { endings[dice.below(endings.len())] } else { "" };
        format!("{stem}{between}{ending}")
    }
}

/// What stands for a name in one of these tables.
fn known(table: &'static str, name: &str) -> Option<&'static str> {
    table
        .split_ascii_whitespace()
        .filter_map(|entry| entry.split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, as_what)| as_what)
}

/// What somebody of this name is called for short, if anything.
pub fn short(dice: &mut Dice, given: &str) -> Option<&'static str> {
    let short: Vec<&str> = known(SHORT, given)?.split(',').collect();
    Some(short[dice.below(short.len())])
}

/// The name as it is written at home.
pub fn native(name: &str) -> Option<&'static str> {
    known(NATIVE, name)
}

/// Without accents, as an old system keeps it: `ü` is `u`, or `ue` with `spelled`.
pub fn plain(name: &str, spelled: bool) -> String {
    let mut plain = String::new();
    for letter in name.chars() {
        let spelling = match letter {
            'ä' | 'æ' if spelled => "ae",
            'ö' | 'ø' if spelled => "oe",
            'ü' if spelled => "ue",
            'å' if spelled => "aa",
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' | 'ă' | 'ạ' | 'ầ' => "a",
            'Á' | 'Å' | 'Ä' => "A",
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ễ' => "e",
            'É' | 'È' => "E",
            'í' | 'î' | 'ï' | 'ý' => "i",
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ồ' | 'ỗ' => "o",
            'Ö' | 'Ø' | 'Ó' => "O",
            'ú' | 'ù' | 'û' | 'ü' | 'ũ' | 'ư' => "u",
            'Ü' => "U",
            'ñ' | 'ń' => "n",
            'ç' | 'ć' => "c",
            'ł' => "l",
            'Ł' => "L",
            'ś' => "s",
            'ź' | 'ż' => "z",
            'ß' => "ss",
            'đ' => "d",
            'Đ' => "D",
            'æ' => "ae",
            other => {
                plain.push(other);
                continue;
            }
        };
        plain.push_str(spelling);
    }
    plain
}
