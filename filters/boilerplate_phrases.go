package filters

import "strings"

// A sitePhrase is what sites say beside their texts.
type sitePhrase struct {
	text    string // in small letters, a space behind each word, 0 for each digit
	rule    int
	longest int // bytes of a line in which it counts
	word    bool
}

// sitePhrases returns the phrases by their first words.
func sitePhrases() map[string][]sitePhrase {
	all := map[string][]sitePhrase{}
	for _, set := range []struct {
		rule, longest int
		phrases       string
	}{
		{boilerNotices, longestNotice, noticePhrases},
		{boilerShares, longestPhrase, sharePhrases},
		{boilerTeasers, longestPhrase, teaserPhrases},
		{boilerNotices, 40, noticeWords},
		{boilerShares, 40, shareWords},
		{boilerTeasers, 40, teaserWords},
		{boilerCounters, 40, counterWords},
	} {
		for line := range strings.Lines(set.phrases) {
			for phrase := range strings.SplitSeq(line, "|") {
				if phrase = strings.TrimSpace(phrase); phrase != "" {
					first, _, _ := strings.Cut(phrase, " ")
					all[first] = append(all[first], sitePhrase{phrase + " ", set.rule, set.longest, first == phrase})
				}
			}
		}
	}
	return all
}

// Notices, in lines of any wording around them.
const noticePhrases = `
uses cookies | use cookies | accept cookies | accept all cookies | cookie settings | cookie policy | cookie preferences | all rights reserved | enable javascript | javascript is disabled
your browser does not support | akismet | terms of use | terms of service | privacy policy | required fields are marked | email address will not be published | by continuing to use | proudly powered | powered by wordpress | uses akismet | comment data is processed | rights reserved | this cookie | ad blocker | affiliate links | affiliate commission
verwendet cookies | verwenden cookies | speichert cookies | nutzt cookies | nutzen cookies | setzt cookies | cookies akzeptieren | cookie einstellungen | alle rechte vorbehalten | javascript aktivieren | deinem browser deaktiviert
ihrem browser deaktiviert | mail adresse wird nicht | erforderliche felder sind | datenschutzbestimmungen | datenschutzerklärung | pflichtfelder | html tags | zeilenumbrüche und absätze | verwendet akismet | kommentardaten verarbeitet | rechte vorbehalten | affiliate links | e mail adresse und meine website | wird nicht veröffentlicht
utilise des cookies | utilisons des cookies | accepter les cookies | tous droits réservés | politique de confidentialité | adresse de messagerie ne sera pas | champs obligatoires | vous désinscrire | droits réservés
utiliza cookies | utilizamos cookies | usamos cookies | aceptar cookies | todos los derechos reservados | política de privacidad | política de cookies | campos obligatorios | derechos reservados
utilizza cookie | utilizza i cookie | tutti i diritti riservati | informativa sulla privacy | cookie policy
todos os direitos reservados | política de privacidade | aceitar cookies | campos obrigatórios
używa plików cookie | wykorzystuje pliki cookie | pliki cookies | wszelkie prawa zastrzeżone | polityka prywatności
использует файлы cookie | используем файлы cookie | все права защищены | политика конфиденциальности
gebruikt cookies | gebruiken cookies | alle rechten voorbehouden | cookies accepteren
`

// Invitations.
const sharePhrases = `
share this | share on | share via | follow us | follow me | subscribe to | sign up for | sign up to | join our | leave a comment | leave a reply | post a comment | write a comment | add a comment | log in to | please log in | be the first to comment
like us on | tweet this | pin it | email this | notify me of | notify me when | our newsletter | the newsletter | email newsletters | newsletter abonnieren | cancel reply | in your inbox | to your inbox | get the latest | subscribe now | subscribe today | sign up now | rate this | add yours
diesen artikel teilen | beitrag teilen | artikel teilen | diese geschichte teilen | teilen mit | folge uns | folgen sie uns | folgt uns | schreibe einen kommentar | hinterlasse | kommentar verfassen | kommentar schreiben | kommentar abgeben | neuen kommentar | kommentar hinterlassen
benachrichtige mich | auf dem laufenden | als e mail | per e mail versenden | artikel drucken | seite drucken | seite empfehlen | jetzt anmelden | antwort abbrechen | antworten abbrechen | abonnieren sie | abonniere | zu abonnieren | jetzt abonnieren | artikel bewerten | bewerten sie | loggen sie sich | nicht eingeloggt | jetzt teilen | teile diesen | per e mail | newsletter und | unsere newsletter | unseren newsletter | zum newsletter | kommentare zu | soziale netzwerke | folge mir 
partager sur | partager cet | suivez nous | laisser un commentaire | abonnez vous | écrire un commentaire | laissez un commentaire
compartir en | compartir esta | síguenos | deja un comentario | deja una respuesta | suscríbete | comparte | suscribirse | recibe las
condividi su | seguici su | lascia un commento | iscriviti alla
compartilhar no | compartilhe | siga nos | deixe um comentário | deixe uma resposta
udostępnij na | dodaj komentarz | obserwuj nas | zapisz się | skomentuj
поделиться | подпишитесь | подписывайтесь | оставить комментарий | добавить комментарий
deel dit | deel op | volg ons | laat een reactie | reageer op | schrijf je in
`

// Pointers to other pages.
const teaserPhrases = `
read more | continue reading | related articles | related posts | related stories | related topics | you may also like | you might also like | more from | more stories | recent posts | recent comments | most popular | most read | back to top | skip to content | skip to main | watch this next | previous post | next post | older post | newer post | older posts | see also | filed under | tagged with | posted in | posted by | top stories | trending now | click here | most viewed | most commented | recent stories | latest news | latest stories | latest posts | popular posts | more news | more on | you are here | about the author | keep reading | read also | also read | min read | minute read
könnte sie auch | könnte dich auch | könnten sie auch | könnten auch | auch interessant | ähnliche beiträge | ähnliche artikel | mehr zum thema | weitere artikel | weitere informationen | weiterführende | neueste beiträge | neueste kommentare | neueste artikel | verwandte artikel | zurück zur | nach oben | lesen sie auch | lesen sie hier | mehr lesen | mehr dazu | zum seitenanfang | direkt zum inhalt | zum inhalt springen | über den autor | über die autorin | vorheriger beitrag | nächster beitrag | aktuelle ausgabe | veröffentlicht in | veröffentlicht am | abgelegt unter | getaggt mit | gekennzeichnet mit | aus dieser kategorie | mehr aus | auch lesen | meist gelesen | meist gelesene | meistgelesen | meistgelesene | meistgelesenen | meistdiskutierte | meistkommentiert | aktuelle beiträge | aktuelle meldungen | aktuelle nachrichten | weitere nachrichten | weitere meldungen | weitere beiträge | weitere themen | weitere infos | mehr nachrichten | mehr infos | mehr informationen | mehr erfahren | die neuesten | neueste meldungen | passend zum thema | nächster artikel | vorheriger artikel | im shop | in den warenkorb
lire la suite | en savoir plus | articles similaires | à lire aussi | haut de page | articles récents | à lire | lire aussi | voir aussi | sur le même sujet | les plus lus
leer más | seguir leyendo | artículos relacionados | te puede interesar | ver más | entradas recientes | le puede interesar | vea también | mirá también | mira también | lea también | lee también | ver también | más leídas | más leídos
leggi tutto | leggi anche | articoli correlati | continua a leggere | potrebbe interessarti | ti potrebbe interessare | più letti | vedi anche
leia mais | leia também | artigos relacionados | posts relacionados | continue lendo | mais lidas | veja também | saiba mais
czytaj więcej | czytaj dalej | czytaj też | czytaj także | zobacz także | zobacz też | zobacz również | przeczytaj także | przeczytaj też | polecane artykuły | najczęściej czytane | najnowsze artykuły
читать далее | читать дальше | читайте также | смотрите также | похожие статьи | по теме | самое читаемое | последние новости | подробнее
lees meer | lees verder | lees ook | gerelateerde artikelen | meer lezen
`

// Words that are the whole of a short line.
const (
	noticeWords  = `impressum | datenschutz | copyright | disclaimer | imprint | rechtliches | agb | cookies`
	shareWords   = `facebook | twitter | instagram | pinterest | whatsapp | youtube | linkedin | xing | newsletter | rss | feed | login | log in | sign in | register | anmelden | registrieren | teilen | share | tweet | twittern | weiterempfehlen | drucken | empfehlen | kommentieren | kommentare | abonnieren | subscribe | antworten | reply | follower | connexion | iniciar sesión`
	teaserWords  = `weiterlesen | tags | schlagworte | schlagwörter | themen | kategorien | categories | archive | archiv | suche | search | menü | menu | home | startseite | sitemap | kontakt | contact | warenkorb | mehr | anzeige | werbung | advertisement | reklama | sponsored | zurück | weiter | źródło | foto | photo | bild | quelle | tagged | originalbeitrag | beitragsbild | aufrufe`
	counterWords = `0 comments | 00 comments | 000 comments | 0 comment | 0 kommentare | 00 kommentare | 000 kommentare | 0 kommentar | 0 views | 00 views | 000 views | 0 likes | 00 likes | 0 shares | 00 shares | min read | minutes ago | hours ago | days ago`
)
